#!/usr/bin/env bash
# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
#
# Submits multi-node pre-training to Slurm: scripts/run.sub, one task per GPU. Global batch size = train_batch_size x GPUs
# per node x num_nodes; the learning rate is per GPU. Without Slurm, use scripts/run_pretraining.sh --hosts.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/lib/options.sh"

describe "Submits multi-node pre-training to Slurm. The data directories, PYTHON and SRUN_ARGS are taken from the environment." \
  "[-- more options for scripts/run_pretraining.sh]"
positional node_type dgx1 text "node type: dgx1 (8 GPUs), dgx2 or dgx2h (16), dgxa100 or dgxh100 (8)"
positional num_nodes 1 count "number of nodes"
positional partition default text "Slurm partition; default: the cluster's default"
positional wall_time 12:00:00 text "time limit of the job, in sbatch's format"
positional job_name tf_bert text "job name"
positional root_dir "$ROOT" path "checkout to run, at the same path on all nodes"
positional train_batch_size 4 count "training batch size per GPU"
positional eval_batch_size 4 count "evaluation batch size"
positional train_steps 1000000 count "total training steps"
positional warmup_steps 10000 whole "learning-rate warm-up steps"
positional learning_rate 1e-4 number "peak learning rate per GPU"
positional precision fp16_xla 'fp32|fp16|amp|fp32_xla|fp16_xla|amp_xla' "numeric precision"
positional save_checkpoints_steps 5000 count "steps between checkpoints"
positional results_dir "" path "directory for logs; empty: root_dir/results"
positional checkpoints_dir "" path "directory for checkpoints, visible to the first node; empty: root_dir/checkpoints"
option gpus_per_node 0 whole "GPUs per node; 0: from node_type"
option account "" text "Slurm account; empty: the default"
option gres "" text "generic resources to request, such as gpu:8; empty: none (nodes are allocated exclusively)"
parse_options "$@"

gpus=${OPT[gpus_per_node]}
if ((gpus == 0)); then
  case ${OPT[node_type]} in
  dgx1 | dgxa100 | dgxh100) gpus=8 ;;
  dgx2 | dgx2h) gpus=16 ;;
  *) usage_error "node_type is '${OPT[node_type]}', but must be one of dgx1, dgx2, dgx2h, dgxa100, dgxh100; for other nodes give --gpus_per_node" ;;
  esac
fi
root=${OPT[root_dir]}
results=${OPT[results_dir]:-$root/results}
checkpoints=${OPT[checkpoints_dir]:-$root/checkpoints}
require_file "$root/scripts/run.sub" "run.sub" "root_dir must be a checkout of this project"

arguments=(
  --slurm
  "--train_batch_size_per_gpu=${OPT[train_batch_size]}"
  "--eval_batch_size=${OPT[eval_batch_size]}"
  "--learning_rate_per_gpu=${OPT[learning_rate]}"
  "--precision=${OPT[precision]}"
  "--warmup_steps=${OPT[warmup_steps]}"
  "--train_steps=${OPT[train_steps]}"
  "--save_checkpoints_steps=${OPT[save_checkpoints_steps]}"
  ${PASSTHROUGH[@]+"${PASSTHROUGH[@]}"})
# Check the options now, not when the job starts. Missing data is no error: it may exist on the nodes only.
said=$(SLURM_NTASKS=$gpus RESULTS_DIR=$results CHECKPOINTS_DIR=$checkpoints \
  bash "$root/scripts/run_pretraining.sh" --dry_run "${arguments[@]}" 2>&1 >/dev/null) ||
  {
    grep -v '^warning:' <<<"$said" >&2 || true
    exit 2
  }

command=(sbatch)
if [[ ${OPT[partition]} != default ]]; then command+=("--partition=${OPT[partition]}"); fi
if [[ -n ${OPT[account]} ]]; then command+=("--account=${OPT[account]}"); fi
if [[ -n ${OPT[gres]} ]]; then command+=("--gres=${OPT[gres]}"); fi
command+=(
  "--nodes=${OPT[num_nodes]}"
  "--ntasks-per-node=$gpus"
  "--time=${OPT[wall_time]}"
  "--job-name=${OPT[job_name]}"
  --exclusive
  --mem=0
  --mail-type=FAIL
  "--output=$results/${OPT[job_name]}_${OPT[num_nodes]}n_${OPT[precision]}_gbs$((OPT[train_batch_size] * gpus * OPT[num_nodes])).%j.log"
  --export=ALL
  "$root/scripts/run.sub")
# Passed to the job in addition to the environment of the submission.
environment=("BERT_ROOT=$root" "RESULTS_DIR=$results" "CHECKPOINTS_DIR=$checkpoints" "RUN_ARGUMENTS=$(quoted "${arguments[@]}")")

if [[ $DRY_RUN == true ]]; then
  say "$(quoted env "${environment[@]}" "${command[@]}")"
  exit 0
fi
type -P sbatch >/dev/null || usage_error "sbatch is not installed; run this on a login node of the cluster, or use scripts/run_pretraining.sh --hosts"
mkdir -p "$results" "$checkpoints" 2>/dev/null || usage_error "cannot create $results and $checkpoints; give results_dir and checkpoints_dir"
env "${environment[@]}" "${command[@]}" || fail "sbatch rejected the job"
