#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# Exports a fine-tuned checkpoint for servers: a SavedModel (serving/export_checkpoint.py), and if wanted ONNX beside it and a
# model repository of Triton.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/options.sh"
. "$ROOT/scripts/lib/run.sh"
. "$ROOT/scripts/lib/onnx.sh"

describe "Exports a fine-tuned checkpoint as a SavedModel that TensorFlow and TensorFlow Serving load without this project's code; with
--onnx also as model.onnx beside it, with --triton also into a model repository." ''
positional checkpoint "" path "fine-tuned checkpoint (prefix, or directory: its latest)"
positional output_dir "" path "directory of the exports, which are numbered from 1"
positional precision fp32 'fp32|fp16' "what the export computes in; fp16 is for GPUs"
option freeze "" switch "export the variables as constants: one file, saved_model.pb"
option onnx "" switch "also convert to ONNX, in an environment of its own (.venv-onnx, which the first use creates: 0.6 GB)"
option triton "" path "model repository of Triton to add the export to; with --onnx its model.onnx"
option triton_name bert_squad text "name of the model in the repository"
option max_batch_size 8 count "largest batch that Triton makes"
option bert_config_file "" path "configuration; empty: bert_config.json beside the checkpoint, else that of its run.json"
option vocab_file "" path "vocabulary; empty: vocab.txt beside the checkpoint, else that of its run.json"
option do_lower_case "" 'true|false' "whether the checkpoint is uncased; empty: as in run.json, else by its name or its vocabulary"
option squad_version "" '1.1|2.0' "2.0: a question may have no answer; empty: as in training"
option max_seq_length "" count "window length in tokens; empty: as in training"
option doc_stride "" count "stride in tokens between windows of a long text; empty: as in training"
option max_query_length "" count "maximum question length in tokens; empty: as in training"
option n_best_size "" count "spans among which the best answers are chosen; empty: as in training"
option max_answer_length "" count "maximum answer length in tokens; empty: as in training"
option null_score_diff_threshold "" text "SQuAD 2.0: no answer if the null score exceeds the score by more than this; empty: as in training"
parse_options "$@"
refuse_passthrough
for name in checkpoint output_dir; do
  [[ -n ${OPT[$name]} ]] || usage_error "--$name is required"
done

find_run_python
require_packages tensorflow absl
directory=$(absolute_path "${OPT[output_dir]}")
command=("$PYTHON" -m serving.export_checkpoint "--checkpoint=$(absolute_path "${OPT[checkpoint]}")" "--output_dir=$directory"
"--precision=${OPT[precision]}")
if [[ -n ${OPT[freeze]} ]]; then command+=(--freeze); fi
for name in bert_config_file vocab_file; do
  if [[ -n ${OPT[$name]} ]]; then command+=("--$name=$(absolute_path "${OPT[$name]}")"); fi
done
for name in do_lower_case max_seq_length doc_stride max_query_length n_best_size max_answer_length null_score_diff_threshold; do
  if [[ -n ${OPT[$name]} ]]; then command+=("--$name=${OPT[$name]}"); fi
done
case ${OPT[squad_version]} in
1.1) command+=(--version_2_with_negative=false) ;;
2.0) command+=(--version_2_with_negative=true) ;;
esac
convert=("$ONNX_PYTHON" -m serving.onnx_export "--export=$directory")
add=("$PYTHON" -m serving.triton "--export=$directory" "--model_repository=$(absolute_path "${OPT[triton]}")"
"--name=${OPT[triton_name]}" "--max_batch_size=${OPT[max_batch_size]}")
if [[ -n ${OPT[onnx]} ]]; then add+=(--platform=onnx); fi

if [[ $DRY_RUN == true ]]; then
  say "$(quoted "${command[@]}")"
  if [[ -n ${OPT[onnx]} ]]; then say "$(quoted "${convert[@]}")"; fi
  if [[ -n ${OPT[triton]} ]]; then say "$(quoted "${add[@]}")"; fi
  exit 0
fi
cd "$ROOT"
export TF_CPP_MIN_LOG_LEVEL=${TF_CPP_MIN_LOG_LEVEL:-1}
if [[ -n ${OPT[onnx]} ]]; then make_onnx_environment; fi # before minutes are spent on the export
"${command[@]}" || exit $?
if [[ -n ${OPT[onnx]} ]]; then TF_CPP_MIN_LOG_LEVEL=3 "${convert[@]}" || exit $?; fi # TensorFlow 2.15.1 reports what it lacks for GPUs
if [[ -n ${OPT[triton]} ]]; then "${add[@]}" || exit $?; fi
