#!/bin/sh
# Writes C++ that holds the given MJCF files as strings, to be had from a function of a header:
#   embed.sh HEADER FUNCTION FILE.xml... > mjcf.cc
set -eu
header="$1"
function="$2"
shift 2
echo "#include \"$header\""
echo 'namespace vagram {'
echo "absl::Span<const MjcfFile> $function() {"
echo '  static constexpr MjcfFile kFiles[] = {'
for file in "$@"; do
  echo "{\"$(basename "$file" .xml)\", R\"mjcf($(cat "$file"))mjcf\"},"
done
echo '  };'
echo '  return kFiles;'
echo '}'
echo '}  // namespace vagram'
