#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# Entry point of the container: copies the fused ops built into the image to the mounted checkout unless it has its own for
# this TensorFlow, then runs the command (default: a shell).

set -euo pipefail
BUILT=${BUILT_FUSED_OPS:-/opt/bert-fused-ops}
BUILD=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../fused_ops" && pwd -P)/build

for folder in "$BUILT"/tf-*; do
  target=$BUILD/${folder##*/}
  if [[ -d $folder && ! -e $target ]] && mkdir -p "$BUILD" 2>/dev/null && [[ -w $BUILD ]]; then
    rm -rf "$target.tmp-$$"
    cp -r "$folder" "$target.tmp-$$"
    mv -T "$target.tmp-$$" "$target" 2>/dev/null || rm -rf "$target.tmp-$$" # another container copied it first
  fi
done

if (($# == 0)); then set -- bash; fi
exec "$@"
