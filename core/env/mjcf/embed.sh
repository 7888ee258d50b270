#!/bin/sh
# Writes C++ that holds the given MJCF files as strings: embed.sh FILE.xml... > mjcf.cc
set -eu
echo '#include "core/env/mjcf/mjcf.h"'
echo 'namespace vagram {'
echo 'absl::Span<const MjcfFile> MjcfFiles() {'
echo '  static constexpr MjcfFile kFiles[] = {'
for file in "$@"; do
  echo "{\"$(basename "$file" .xml)\", R\"mjcf($(cat "$file"))mjcf\"},"
done
echo '  };'
echo '  return kFiles;'
echo '}'
echo '}  // namespace vagram'
