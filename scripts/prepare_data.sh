#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# From a Wikipedia dump or from books to pre-training records, in three stages that write below --output_dir:
#   text      text/                     one sentence a line, a blank line between documents
#   shards    text_shards/              shuffled documents, some held out: training_*.txt, test_*.txt
#   records   final_tfrecords_sharded/  seq_128_pred_20/ and seq_512_pred_80/, a .tfrecord for each shard
# Every stage skips what is finished, so a run that was killed goes on. --part i/n does one share of a stage: n machines
# with a shared folder make the same bytes as one, if each stage is complete before the next begins.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/options.sh"
. "$ROOT/scripts/lib/run.sh"

describe "Makes pre-training records of a Wikipedia dump or of books." ""
option source wikipedia 'wikipedia|books' "what the input is"
option input "" text "pages-articles….xml.bz2, or a folder or archive of books"
option output_dir "" text "where text/, text_shards/ and final_tfrecords_sharded/ go; empty: the source's folder in data/"
option vocab_file "" text "vocabulary of the model that the records are for"
option do_lower_case true boolean "the vocabulary is of an uncased model"
option stage all 'all|text|shards|records' "one stage, or all after each other"
option part 1/1 text "share i of n of the stage"
option lengths "128:20 512:80" text "records to make, each length:predictions"
option lines_per_shard 396000 count "lines of a text shard, about"
option test_fraction 0.01 number "share of the documents held out"
option dupe_factor 5 count "how often each document is used, with other masks"
option random_seed 12345 whole "seed of everything drawn"
option num_workers "$(nproc)" count "processes"
parse_options "$@"
((${#PASSTHROUGH[@]} == 0)) || usage_error "unexpected arguments after --; see --help"
[[ ${OPT[part]} =~ ^([1-9][0-9]*)/([1-9][0-9]*)$ && ${BASH_REMATCH[1]} -le ${BASH_REMATCH[2]} ]] ||
  usage_error "part is '${OPT[part]}', but must be i/n with 1 <= i <= n"
[[ ${OPT[stage]} != all || ${OPT[part]} == 1/1 ]] ||
  usage_error "a part of all stages cannot be done alone: run --stage text, shards and records after each other on all machines"
for length in ${OPT[lengths]}; do
  [[ $length =~ ^[1-9][0-9]*:[1-9][0-9]*$ ]] || usage_error "lengths: '$length' is not length:predictions, such as 128:20"
done

find_run_python
cd "$ROOT"
declare -A own_folder=([wikipedia]=data/wikipedia_corpus [books]=data/bookcorpus)
folder=${OPT[output_dir]:-$ROOT/${own_folder[${OPT[source]}]}}
wants() { [[ ${OPT[stage]} == all || ${OPT[stage]} == "$1" ]]; }
step() {
  say "== $(quoted "$@")"
  [[ $DRY_RUN == true ]] || "$@"
}

if wants text; then
  [[ -n ${OPT[input]} ]] || usage_error "--input must name the ${OPT[source]} to read"
  if [[ ! -e ${OPT[input]} ]]; then missing "input ${OPT[input]} does not exist; scripts/data_download.sh brings it"; fi
  if [[ ${OPT[source]} == wikipedia ]]; then
    program=(-m data.wikipedia_corpus.extract --dump "${OPT[input]}")
  else
    program=(-m data.bookcorpus.prepare --input "${OPT[input]}")
  fi
  step "$PYTHON" "${program[@]}" --output_dir "$folder/text" --num_workers "${OPT[num_workers]}" --part "${OPT[part]}"
fi
if wants shards; then
  step "$PYTHON" -m data.shards --input "$folder/text" --output_dir "$folder/text_shards" --part "${OPT[part]}" \
    --lines_per_shard "${OPT[lines_per_shard]}" --test_fraction "${OPT[test_fraction]}" --random_seed "${OPT[random_seed]}"
fi
if wants records; then
  require_file "${OPT[vocab_file]}" vocab_file "it comes with Google's weights: scripts/data_download.sh --only weights"
  for length in ${OPT[lengths]}; do
    records=$folder/final_tfrecords_sharded/seq_${length%:*}_pred_${length#*:}
    step "$PYTHON" create_pretraining_data.py "--input_file=$folder/text_shards" "--output_dir=$records" "--part=${OPT[part]}" \
      "--vocab_file=${OPT[vocab_file]}" "--do_lower_case=${OPT[do_lower_case]}" "--max_seq_length=${length%:*}" \
      "--max_predictions_per_seq=${length#*:}" "--dupe_factor=${OPT[dupe_factor]}" "--random_seed=${OPT[random_seed]}" \
      "--num_workers=${OPT[num_workers]}"
  done
fi
