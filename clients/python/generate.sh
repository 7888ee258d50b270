#!/usr/bin/env bash
# Makes the stubs that the package needs from proto/, with Debian's protoc and gRPC plugin.
#   clients/python/generate.sh [FOLDER]     default: the package's own folder, beside this script
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$here/../.."
out="${1:-$here}"
for program in protoc grpc_python_plugin; do
  command -v "$program" > /dev/null ||
    { echo "$program is missing: apt-get install protobuf-compiler protobuf-compiler-grpc" >&2; exit 1; }
done

# Within the package, for a module called `proto` would be in the way of others of that name.
sources="$(mktemp -d)"
trap 'rm -rf "$sources"' EXIT
package=vagram_client/stubs
mkdir -p "$sources/$package" "$out/$package"
for file in types spec policy orchestrator; do
  sed "s#^import \"proto/#import \"$package/#" "$root/proto/$file.proto" \
    > "$sources/$package/$file.proto"
done
cp "$here/error_details.proto" "$sources/$package/"
protoc -I"$sources" --python_out="$out" --pyi_out="$out" "$sources/$package"/*.proto
protoc -I"$sources" --grpc_out="$out" \
  --plugin=protoc-gen-grpc="$(command -v grpc_python_plugin)" "$sources/$package/orchestrator.proto"
echo '"""Generated from proto/ by generate.sh."""' > "$out/$package/__init__.py"
