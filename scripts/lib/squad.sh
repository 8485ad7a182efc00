# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
# shellcheck shell=bash
#
# Shared by the SQuAD launchers and benchmarks. Sourced after options.sh and run.sh.

define_squad_directories() {
  directory BERT_DIR "$ROOT/data/pretrained_models_google/uncased_L-24_H-1024_A-16" "directory with bert_config.json and vocab.txt"
  directory SQUAD_DIR '' "SQuAD files; default: data/squad/v1.1 or data/squad/v2.0 of this checkout"
  directory RESULTS_DIR /results "output directory for checkpoints, predictions and the log"
}

define_squad_options() {
  option squad_version 1.1 '1.1|2.0' "SQuAD version; 2.0 includes unanswerable questions"
  option max_seq_length 384 count "maximum sequence length in tokens: question and context"
  option doc_stride 128 count "stride in tokens between overlapping windows of a long context"
  option do_lower_case true boolean "lower-case the text; true for uncased models, false for cased ones"
  define_kernel_options
}

# Sets SQUAD_DIR from the version if it is empty, and checks the model's files.
check_squad_input() {
  [[ -n $SQUAD_DIR ]] || SQUAD_DIR=$ROOT/data/squad/v${OPT[squad_version]}
  local fix="set BERT_DIR to a directory with bert_config.json and vocab.txt (scripts/data_download.sh downloads Google's)"
  require_file "$BERT_DIR/bert_config.json" "bert_config_file" "$fix"
  require_file "$BERT_DIR/vocab.txt" "vocab_file" "$fix"
}

require_questions() { # WHAT FILE
  require_file "$2" "$1" "set SQUAD_DIR to the directory of the SQuAD files (python -m data.squad.download downloads them)"
}

# Appends the flags common to training and prediction.
add_squad_flags() {
  COMMAND+=(
    "--vocab_file=$BERT_DIR/vocab.txt"
    "--bert_config_file=$BERT_DIR/bert_config.json"
    "--output_dir=$RESULTS_DIR"
    "--max_seq_length=${OPT[max_seq_length]}"
    "--doc_stride=${OPT[doc_stride]}")
  if [[ ${OPT[do_lower_case]} == false ]]; then COMMAND+=(--do_lower_case=false); fi
  if [[ ${OPT[squad_version]} == 2.0 ]]; then COMMAND+=(--version_2_with_negative); fi
}

# Sets EVALUATION to the command that scores the predictions: the official script if it was downloaded, else squad.evaluate,
# which takes any form of answers and leaves out questions without them.
evaluation_command() { # PREDICT_FILE [own]
  local results official
  results=$(expand_home "$(passed output_dir "$RESULTS_DIR")")
  official=$SQUAD_DIR/evaluate-v${OPT[squad_version]}.py
  if [[ -f $official && ${2-} != own ]]; then
    EVALUATION=("$PYTHON" "$official" "$1" "$results/predictions.json")
  else
    EVALUATION=(env "PYTHONPATH=$ROOT" "$PYTHON" -m squad.evaluate "$1" "$results/predictions.json" --version "${OPT[squad_version]}")
  fi
  if [[ ${OPT[squad_version]} == 2.0 ]]; then
    # Questions above the threshold count as unanswerable; use the threshold that predictions.json was written with.
    EVALUATION+=(--na-prob-file "$results/null_odds.json" --na-prob-thresh "$(passed null_score_diff_threshold 0.0)")
  fi
}

# Runs (in a dry run, prints) COMMAND, then the evaluation unless prediction was disabled after -- or the questions have no
# answers. The last line is {"exact_match": ..., "f1": ...} for both versions, although their official scripts name the scores
# differently.
run_and_evaluate() { # PREDICT_FILE PRECISION BATCH_OF_A_RANK
  local predict_file predicts log scores code answers
  predict_file=$(passed predict_file "$1")
  evaluation_command "$predict_file"
  predicts=$(passed do_predict true)
  if [[ $DRY_RUN == true ]]; then
    say "$(quoted "${COMMAND[@]}")"
    if [[ $predicts == true ]]; then say "$(quoted "${EVALUATION[@]}")"; fi
    return
  fi
  prepare_directory RESULTS_DIR
  log=$(log_name "$RESULTS_DIR" "$2" "$3")
  say "log: $log"
  log_header "$log" "${COMMAND[@]}"
  run_logged "$log" "${COMMAND[@]}" || exit $?
  if [[ $predicts != true ]]; then
    say "prediction is disabled: nothing to evaluate"
    return
  fi
  tool_command answers_given
  answers=$("${TOOL[@]}" "$predict_file" "${OPT[squad_version]}") || exit $?
  if [[ $answers == none ]]; then
    rm -f "$(passed output_dir "$RESULTS_DIR")/scores.json" # of an earlier run; other predictions are there now
    say "$predict_file: no answers to score against" | tee -a "$log"
    return
  fi
  if [[ $answers == some ]]; then evaluation_command "$predict_file" own; fi
  scores=$(mktemp)
  run_logged "$log" "${EVALUATION[@]}" >"$scores" || code=$?
  cat "$scores"
  tool_command score_line
  if [[ -z ${code-} ]]; then "${TOOL[@]}" "$(passed output_dir "$RESULTS_DIR")" <"$scores" | tee -a "$log"; fi
  rm -f "$scores"
  exit "${code-0}"
}
