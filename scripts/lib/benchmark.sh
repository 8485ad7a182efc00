# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
# shellcheck shell=bash
#
# What finetune_train_benchmark.sh and finetune_inference_benchmark.sh share. Sourced after options.sh, run.sh and
# squad.sh. Each combination of precision and batch size is a run of run_squad.py on just enough questions.

define_benchmark_options() { # WHAT
  option steps 100 count "$1 to measure"
  option warmup_steps 20 count "$1 before them that do not count"
  option batch_sizes "" text "several batch sizes instead of one, comma separated: a table"
  option precisions "" text "several precisions instead of one, comma separated: a table"
}

# Sets BATCH_SIZES and PRECISIONS.
check_benchmark_options() { # NAME_OF_THE_BATCH_SIZE_OPTION
  local value
  [[ ${OPT[task]} == squad ]] || usage_error "task is '${OPT[task]}', but must be squad"
  IFS=, read -ra BATCH_SIZES <<<"${OPT[batch_sizes]:-${OPT[$1]}}"
  IFS=, read -ra PRECISIONS <<<"${OPT[precisions]:-${OPT[precision]}}"
  for value in "${BATCH_SIZES[@]}"; do _check_type batch_sizes "$value" count; done
  for value in "${PRECISIONS[@]}"; do _check_type precisions "$value" 'fp32|fp16|amp'; done
}

# Runs measure_one for every combination, then prints the table; the exit code is 1 if a run failed.
run_benchmark() { # KIND
  local kind=$1 precision batch code failed=0
  if [[ $DRY_RUN == true ]]; then
    BENCHMARK_DIR=$RESULTS_DIR/${kind}_benchmark
    for precision in "${PRECISIONS[@]}"; do
      for batch in "${BATCH_SIZES[@]}"; do measure_one "$precision" "$batch" "$BENCHMARK_DIR/${precision}_batch$batch"; done
    done
    return
  fi
  prepare_directory RESULTS_DIR
  BENCHMARK_DIR=$(mktemp -d "$RESULTS_DIR/${kind}_benchmark.$(date +%y%m%d%H%M%S)-XXXX")
  chmod 755 "$BENCHMARK_DIR"
  for precision in "${PRECISIONS[@]}"; do
    for batch in "${BATCH_SIZES[@]}"; do
      local directory=$BENCHMARK_DIR/${precision}_batch$batch
      mkdir "$directory"
      say "== $precision, batch size $batch: ${OPT[warmup_steps]} + ${OPT[steps]} steps; log: $directory/log.txt"
      code=0
      measure_one "$precision" "$batch" "$directory" || code=$?
      rm -f "$directory"/model.ckpt-* "$directory"/checkpoint "$directory"/*.tf_record* # gigabytes that nobody needs
      printf '%s\t%s\t%s\t%s\t%s\n' "$precision" "$batch" "${OPT[num_gpus]-0}" "$code" "$directory" >>"$BENCHMARK_DIR/runs.tsv"
      if ((code > 128)); then exit "$code"; fi # a signal ends it all
      if ((code)); then tail -n 3 "$directory/log.txt" >&2; fi
    done
  done
  rm -f "$BENCHMARK_DIR"/with_head.ckpt.*
  say ""
  tool_command benchmark_table
  "${TOOL[@]}" --kind "$kind" --warmup "${OPT[warmup_steps]}" \
    --runs "$BENCHMARK_DIR/runs.tsv" --output "$BENCHMARK_DIR/$kind" || failed=$?
  exit "$failed"
}

# Makes the questions for one run and runs COMMAND with its output in the log alone; or shows both.
sample_and_run() { # INPUT OUTPUT QUESTIONS DIRECTORY
  tool_command squad_sample
  local -a sample=("${TOOL[@]}" "--input_file=$1" "--output_file=$2" "--questions=$3")
  if [[ $DRY_RUN == true ]]; then
    say "$(quoted "${sample[@]}")"
    say "$(quoted "${COMMAND[@]}")"
    return
  fi
  "${sample[@]}" || exit $?
  log_header "$4/log.txt" "${COMMAND[@]}" >/dev/null
  run_logged "$4/log.txt" "${COMMAND[@]}" >/dev/null
}
