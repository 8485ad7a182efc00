#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# Converts a Wikipedia dump or books into pre-training records, in three stages that write below --output_dir:
#   text      text/                     one sentence per line, a blank line between documents
#   shards    text_shards/              shuffled documents, some held out: training_*.txt, test_*.txt
#   records   final_tfrecords_sharded/  seq_128_pred_20/ and seq_512_pred_80/, one .tfrecord per shard
# Each stage skips finished output, so an interrupted run can be resumed. --part i/n processes one of n parts of a stage:
# n machines with a shared directory produce the same bytes as one, provided each stage is complete before the next starts.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/options.sh"
. "$ROOT/scripts/lib/run.sh"

describe "Converts a Wikipedia dump or books into pre-training records." ""
option source wikipedia 'wikipedia|books' "type of the input"
option input "" path "Wikipedia dump (pages-articles….xml.bz2), or directory or archive of books"
option language "" text "language of the text, such as de: decides where sentences end; empty: the dump's own, and en for books"
option output_dir "" path "directory for text/, text_shards/ and final_tfrecords_sharded/; empty: the source's directory in data/"
option vocab_file "" path "vocabulary file"
option do_lower_case true boolean "lower-case the text; true for uncased models, false for cased ones"
option stage all 'all|text|shards|records' "stage to run"
option part 1/1 text "process part i of n of the stage"
option lengths "128:20 512:80" text "records to write: max_seq_length:max_predictions_per_seq, space-separated"
option lines_per_shard 396000 count "approximate number of lines per text shard"
option test_fraction 0.01 number "fraction of documents held out for testing"
option dupe_factor 5 count "number of times each document is used, with different masks"
option random_seed 12345 whole "random seed"
option num_workers "$(nproc)" count "worker processes; the output does not depend on it"
parse_options "$@"
refuse_passthrough
[[ ${OPT[part]} =~ ^([1-9][0-9]*)/([1-9][0-9]*)$ && ${BASH_REMATCH[1]} -le ${BASH_REMATCH[2]} ]] ||
  usage_error "part is '${OPT[part]}', but must be i/n with 1 <= i <= n"
[[ ${OPT[stage]} != all || ${OPT[part]} == 1/1 ]] ||
  usage_error "--part requires --stage: run --stage text, then shards, then records on all machines"
for length in ${OPT[lengths]}; do
  [[ $length =~ ^[1-9][0-9]*:[1-9][0-9]*$ ]] || usage_error "lengths is '$length', but must be length:predictions, such as 128:20"
done

find_run_python
require_packages absl
cd "$ROOT"
declare -A own_folder=([wikipedia]=data/wikipedia_corpus [books]=data/bookcorpus)
folder=${OPT[output_dir]:-$ROOT/${own_folder[${OPT[source]}]}}
wants() { [[ ${OPT[stage]} == all || ${OPT[stage]} == "$1" ]]; }

if wants text; then
  [[ -n ${OPT[input]} ]] || usage_error "--input is required: the ${OPT[source]} to read"
  if [[ ! -e ${OPT[input]} ]]; then missing "input ${OPT[input]} does not exist; scripts/data_download.sh downloads it"; fi
  if [[ ${OPT[source]} == wikipedia ]]; then
    program=(-m data.wikipedia_corpus.extract --dump "${OPT[input]}")
  else
    program=(-m data.bookcorpus.prepare --input "${OPT[input]}")
  fi
  if [[ -n ${OPT[language]} ]]; then program+=(--language "${OPT[language]}"); fi
  step "$PYTHON" "${program[@]}" --output_dir "$folder/text" --num_workers "${OPT[num_workers]}" --part "${OPT[part]}"
fi
if wants shards; then
  step "$PYTHON" -m data.shards --input "$folder/text" --output_dir "$folder/text_shards" --part "${OPT[part]}" \
    --lines_per_shard "${OPT[lines_per_shard]}" --test_fraction "${OPT[test_fraction]}" --random_seed "${OPT[random_seed]}"
fi
if wants records; then
  require_file "${OPT[vocab_file]}" vocab_file "download it with Google's weights: scripts/data_download.sh --only weights"
  for length in ${OPT[lengths]}; do
    records=$folder/final_tfrecords_sharded/seq_${length%:*}_pred_${length#*:}
    step "$PYTHON" create_pretraining_data.py "--input_file=$folder/text_shards" "--output_dir=$records" "--part=${OPT[part]}" \
      "--vocab_file=${OPT[vocab_file]}" "--do_lower_case=${OPT[do_lower_case]}" "--max_seq_length=${length%:*}" \
      "--max_predictions_per_seq=${length#*:}" "--dupe_factor=${OPT[dupe_factor]}" "--random_seed=${OPT[random_seed]}" \
      "--num_workers=${OPT[num_workers]}"
  done
fi
