#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# Answers questions about texts with a fine-tuned checkpoint or an export (serving/ask.py): one question, JSON lines, or a
# service with a page for the browser.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/options.sh"
. "$ROOT/scripts/lib/run.sh"

describe "Answers questions about texts. With --question, prints the answer found in --context_file; with --port, serves a page and POST
/ask over HTTP; otherwise reads JSON lines from standard input, {\"id\": ..., \"question\": ..., \"context\": ...}, and writes the
answers as JSON lines." ''
positional model "" path "fine-tuned checkpoint (prefix, or directory: its latest), or export (directory: its highest version)"
option question "" text "question to answer"
option context_file "" path "UTF-8 text to find the answer in; empty: standard input"
option json "" switch "with --question: print a JSON object, not the text alone"
option port "" whole "serve over HTTP on this port; 0: on any free one"
option host "" text "with --port: address to listen on; empty: 127.0.0.1, this machine only"
option max_request_bytes "" count "with --port: largest request; empty: 1000000"
option max_questions "" count "with --port: most questions in a request; empty: 64"
option max_waiting "" count "with --port: most questions, and requests, that wait for an answer; empty: 256"
option read_timeout "" count "with --port: seconds for a request to arrive; empty: 30"
option answer_timeout "" count "with --port: seconds for a request to be answered; empty: 120"
option bert_config_file "" path "configuration of a checkpoint; empty: bert_config.json beside it, else that of its run.json"
option vocab_file "" path "vocabulary of a checkpoint; empty: vocab.txt beside it, else that of its run.json"
option do_lower_case "" 'true|false' "whether a checkpoint is uncased; empty: as in run.json, else by its name or its vocabulary"
option squad_version "" '1.1|2.0' "2.0: a question may have no answer; empty: as in training"
option max_seq_length "" count "window length in tokens; empty: as in training"
option doc_stride "" count "stride in tokens between windows of a long text; empty: as in training"
option max_query_length "" count "maximum question length in tokens; empty: as in training"
option n_best_size "" count "spans among which the probability is shared out; empty: as in training"
option max_answer_length "" count "maximum answer length in tokens; empty: as in training"
option null_score_diff_threshold "" text "SQuAD 2.0: no answer if the null score exceeds the score by more than this; empty: as in training"
option batch_size "8" count "full windows in a batch; more of shorter ones"
option precision "" 'fp32|fp16' "numeric precision of a checkpoint; empty: fp32"
define_kernel_options
parse_options "$@"
refuse_passthrough
[[ -n ${OPT[model]} ]] || usage_error "--model is required: a fine-tuned checkpoint or an export"
for word in "$@"; do
  if [[ $word == --question || $word == --question=* ]] && [[ -z ${OPT[question]} ]]; then usage_error "question is empty"; fi
done

find_run_python
require_packages tensorflow absl
COMMAND=("$PYTHON" -m serving.ask --model "$(absolute_path "${OPT[model]}")")
for name in context_file bert_config_file vocab_file; do
  if [[ -n ${OPT[$name]} ]]; then COMMAND+=("--$name=$(absolute_path "${OPT[$name]}")"); fi
done
for name in question port host max_request_bytes max_questions max_waiting read_timeout answer_timeout do_lower_case max_seq_length \
  doc_stride max_query_length n_best_size max_answer_length null_score_diff_threshold batch_size precision; do
  if [[ -n ${OPT[$name]} ]]; then COMMAND+=("--$name=${OPT[$name]}"); fi
done
case ${OPT[squad_version]} in
1.1) COMMAND+=(--version_2_with_negative=false) ;;
2.0) COMMAND+=(--version_2_with_negative=true) ;;
esac
if [[ -n ${OPT[json]} ]]; then COMMAND+=(--json); fi
add_kernels
if [[ $DRY_RUN == true ]]; then
  say "$(quoted "${COMMAND[@]}")"
  exit 0
fi
cd "$ROOT"
export TF_CPP_MIN_LOG_LEVEL=${TF_CPP_MIN_LOG_LEVEL:-1}
exec "${COMMAND[@]}"
