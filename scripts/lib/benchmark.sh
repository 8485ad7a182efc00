# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
# shellcheck shell=bash
#
# Shared by finetune_train_benchmark.sh and finetune_inference_benchmark.sh. Sourced after options.sh, run.sh and squad.sh.
# Each combination of precision and batch size is one run of run_squad.py on as many questions as its steps need.

define_benchmark_options() { # WHAT
  option steps 100 count "$1 to measure"
  option warmup_steps 20 count "$1 to run before measuring"
  option batch_sizes "" text "batch sizes to compare, comma-separated"
  option precisions "" text "precisions to compare, comma-separated"
}

# Sets BATCH_SIZES and PRECISIONS.
check_benchmark_options() { # NAME_OF_THE_BATCH_SIZE_OPTION
  [[ ${OPT[task]} == squad ]] || usage_error "task is '${OPT[task]}', but must be squad"
  IFS=, read -ra BATCH_SIZES <<<"${OPT[batch_sizes]:-${OPT[$1]}}"
  IFS=, read -ra PRECISIONS <<<"${OPT[precisions]:-${OPT[precision]}}"
  check_each batch_sizes count
  check_each precisions 'fp32|fp16|amp'
}

# Runs measure_one for every combination, then prints the table. Exit code 1 if a run failed.
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
      rm -f "$directory"/model.ckpt-* "$directory"/checkpoint "$directory"/*.tf_record* # gigabytes that are not needed again
      printf '%s\t%s\t%s\t%s\t%s\n' "$precision" "$batch" "${OPT[num_gpus]-0}" "$code" "$directory" >>"$BENCHMARK_DIR/runs.tsv"
      if ((code > 128)); then exit "$code"; fi # stop at a signal
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

# Writes the questions of one run and runs COMMAND with its output in the log only. A dry run prints both commands.
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
