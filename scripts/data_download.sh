#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# Downloads and verifies SQuAD, Google's weights, Wikipedia and books, and converts the texts into training records. Each
# step is a program in data/ that can also be run by itself, and skips what an earlier run finished.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/options.sh"
. "$ROOT/scripts/lib/run.sh"

describe "Downloads, verifies and prepares the training data, in the container or, with --no_docker, on this machine." ""
directory DATA_DIR "$ROOT/data" "output directory"
directory BERT_MIRROR_SQUAD "" "URL of a directory with SQuAD's files, instead of the original site"
directory BERT_MIRROR_WEIGHTS "" "URL of a directory with Google's .zip files, instead of the original site"
directory BERT_MIRROR_WIKIPEDIA "" "URL of the Wikipedia dumps, instead of dumps.wikimedia.org"
directory BERT_MIRROR_BOOKS "" "URL of a directory with the archive given by --books, instead of its own address"
option no_docker false switch "run on this machine instead of in the container"
option only squad,weights,wikipedia,books text "data sets to fetch, comma-separated"
option models uncased_L-24_H-1024_A-16 text "Google's models, comma-separated, or all, 2018, wwm, small; the records use the vocabulary of the first"
option model_url "" text "instead of --models: URL of a .zip or .tar.gz with a TensorFlow 1 checkpoint, bert_config.json and vocab.txt"
option model_sha256 "" text "expected SHA-256 of that archive"
option model_name "" text "name of that model's directory; empty: the archive's"
option model_member "" text "folder, checkpoint or archive to take if that archive holds several"
option wiki enwiki text "Wikipedia edition"
option date latest text "date of the dump (yyyymmdd)"
option do_lower_case "" boolean "lower-case the text of the records; empty: true unless the first model is cased"
option books "" text "books: a directory, an archive, or the URL of an archive; empty: none"
option language "" text "language of the text, such as de: decides where sentences end; empty: the dump's own, and en for books"
option num_workers "$(nproc)" count "worker processes"
parse_options "$@"
refuse_passthrough

# The image holds the checkout at /workspace/bert; NGC images set the version of their TensorFlow in the environment.
in_container() { [[ $ROOT == /workspace/bert || -n ${NVIDIA_TENSORFLOW_VERSION-} ]]; }

wants() { [[ ,${OPT[only]}, == *",$1,"* ]]; }

OPT[books]=$(expand_home "${OPT[books]}")
check_each only 'squad|weights|wikipedia|books'
for name in model_sha256 model_name model_member; do
  [[ -z ${OPT[$name]} || -n ${OPT[model_url]} ]] || usage_error "--$name needs --model_url"
done

if [[ ${OPT[no_docker]} == false ]] && ! in_container; then
  launch=(bash "$ROOT/scripts/docker/launch.sh" bash scripts/data_download.sh --no_docker
    "--only=${OPT[only]}" "--models=${OPT[models]}" "--wiki=${OPT[wiki]}" "--date=${OPT[date]}" "--num_workers=${OPT[num_workers]}")
  if [[ -n ${OPT[books]} ]]; then launch+=("--books=${OPT[books]}"); fi
  for name in language do_lower_case model_url model_sha256 model_name model_member; do
    if [[ -n ${OPT[$name]} ]]; then launch+=("--$name=${OPT[$name]}"); fi
  done
  if [[ $DRY_RUN == true ]]; then
    say "$(quoted "${launch[@]}")"
    exit 0
  fi
  exec "${launch[@]}"
fi

find_run_python
require_packages absl
cd "$ROOT"
# The download programs import requests; the text programs import a wikitext parser and sentence splitters.
if [[ $DRY_RUN == false ]] && ! "$PYTHON" -c 'import requests, tqdm, mwparserfromhell, syntok, sentence_splitter, charset_normalizer' 2>/dev/null; then
  usage_error "$PYTHON lacks the packages for downloading and preparing data; run: $PYTHON -m pip install -r requirements/data.txt"
fi

if wants squad; then step "$PYTHON" -m data.squad.download --output_dir "$DATA_DIR/squad"; fi
weights=("$PYTHON" -m data.pretrained_models_google.download --output_dir "$DATA_DIR/pretrained_models_google")
first_model=${OPT[models]%%,*}
case $first_model in
all | 2018) first_model=uncased_L-12_H-768_A-12 ;;
wwm) first_model=wwm_uncased_L-24_H-1024_A-16 ;;
small) first_model=uncased_L-2_H-128_A-2 ;;
esac
if [[ -n ${OPT[model_url]} ]]; then
  weights+=(--url "${OPT[model_url]}")
  for name in sha256 name member; do
    if [[ -n ${OPT[model_$name]} ]]; then weights+=("--$name" "${OPT[model_$name]}"); fi
  done
  first_model=${OPT[model_name]}
  [[ -n $first_model ]] || first_model=$("$PYTHON" -m data.pretrained_models_google.install "${OPT[model_url]}" "${OPT[model_member]}") || exit 2
else
  weights+=(--models "${OPT[models]}")
fi
if wants weights; then step "${weights[@]}"; fi

prepare=(bash "$ROOT/scripts/prepare_data.sh" --num_workers "${OPT[num_workers]}"
  --vocab_file "$DATA_DIR/pretrained_models_google/$first_model/vocab.txt")
uncased=$("$PYTHON" -c 'import sys, tokenization; print(tokenization.is_uncased(sys.argv[1]))' "$first_model")
if [[ -z ${OPT[do_lower_case]} && $uncased == False ]]; then OPT[do_lower_case]=false; fi
if [[ ${OPT[do_lower_case]} == false ]]; then prepare+=(--do_lower_case false); fi
if [[ -n ${OPT[language]} ]]; then prepare+=(--language "${OPT[language]}"); fi

if wants wikipedia; then
  step "$PYTHON" -m data.wikipedia_corpus.download --output_dir "$DATA_DIR/wikipedia_corpus/download" --wiki "${OPT[wiki]}" --date "${OPT[date]}"
  step "${prepare[@]}" --source wikipedia --output_dir "$DATA_DIR/wikipedia_corpus" \
    --input "$DATA_DIR/wikipedia_corpus/download/${OPT[wiki]}-${OPT[date]}-pages-articles-multistream.xml.bz2"
fi
if wants books; then
  case ${OPT[books]} in
  '') warn "skipping books: BooksCorpus is no longer distributed; give a directory, an archive or a URL with --books" ;;
  http://* | https://*)
    archive=${OPT[books]%%\?*}
    step "$PYTHON" -m data.bookcorpus.download --url "${OPT[books]}" --output_dir "$DATA_DIR/bookcorpus/download"
    step "${prepare[@]}" --source books --output_dir "$DATA_DIR/bookcorpus" --input "$DATA_DIR/bookcorpus/download/${archive##*/}"
    ;;
  *) step "${prepare[@]}" --source books --output_dir "$DATA_DIR/bookcorpus" --input "${OPT[books]}" ;;
  esac
fi
