#!/usr/bin/env bash
# Measure training and decoding on one GPU at mRASP's size, and run the tests of the GPU, in under six minutes:
#
#   bench/gpu.sh FOLDER              writes Markdown tables into FOLDER, and prints them
#   bench/gpu.sh FOLDER --rehearse   does the same on the processor with tiny sizes, in two minutes
#
# It needs python3 (or what PYTHON names) with a torch that sees the GPU, and installs what else is missing with pip; set
# PIP_NO_INDEX=1 and PIP_FIND_LINKS=wheels where there is no network. Each step has a limit of seconds, so that one that
# hangs does not take the time of the others, and what it has printed until then is kept.
set -uo pipefail
cd "$(dirname "$0")/.."
[ $# -ge 1 ] || { echo "usage: bench/gpu.sh FOLDER [--rehearse]" >&2; exit 64; }
out=$1 rehearse=${2-} python=${PYTHON:-python3} failed=0
mkdir -p "$out" && out=$(cd "$out" && pwd)
data=$(mktemp -d) && trap 'rm -rf "$data"' EXIT
export TORCHINDUCTOR_CACHE_DIR=$data/compiled # what one process has compiled, the next one reads
export TQDM_DISABLE=1

rows=64808 pairs=60000 device=cuda all=350 tests=
variants="ours mbart ours-eager ours-eager-padded ours-two-passes ours-two-passes-eager mbart-compiled"
compiled="ours ours-two-passes mbart-compiled"
tokens="16384 32768" sizes="--preset mrasp" updates="--warmup 6 --updates 20" search="--sentences 512 --batch 128"
if [ "$rehearse" = --rehearse ]; then
    export CUDA_VISIBLE_DEVICES=
    rows=300 pairs=2000 device=cpu all=${LIMIT:-115}
    variants="ours mbart ours-two-passes" compiled=ours tests="not compiled"
    export TORCH_COMPILE_DISABLE=1 # it takes a processor a minute a variant
    tokens="300 600" sizes="--width 32 --layers 1" updates="--warmup 1 --updates 2" search="--sentences 8 --batch 4"
fi

# step FILE SECONDS COMMAND…: run a command for at most so long, and add what it prints to a file of the folder
step() {
    local file=$out/$1 limit=$2 left=$((all - SECONDS))
    shift 2
    [ "$left" -ge 5 ] || { echo "not done, no time is left: $*" | tee -a "$file"; failed=1; return; }
    [ "$limit" -le "$left" ] || limit=$left
    echo "$SECONDS s: $*" >>"$out/log.txt"
    timeout --kill-after=5 "$limit" "$@" 2>>"$out/log.txt" | tee -a "$file"
    local code=${PIPESTATUS[0]}
    [ "$code" = 0 ] || { echo "$([ "$code" = 124 ] && echo "stopped after $limit s" || echo "failed, see log.txt"): $*" | tee -a "$file"; failed=1; }
}

rm -f "$out"/{log.txt,machine.md,training.md,decoding.md,tests.txt}
packages=$("$python" -m bench.packages) || { echo "$packages"; exit 1; }
if [ -n "$packages" ]; then
    # shellcheck disable=SC2086 # a list
    "$python" -m pip install --quiet $packages || { echo "missing, and pip cannot install them: $packages"; exit 1; }
fi
step machine.md 30 "$python" -c '
import platform, sys, torch
found = torch.cuda.is_available()
name = torch.cuda.get_device_name() if found else platform.processor() or platform.machine()
print(f"{name}, torch {torch.__version__}, CUDA {torch.version.cuda}, Python {platform.python_version()}")
sys.exit(not found and "'"$rehearse"'" != "--rehearse" and "torch sees no GPU; bench/gpu.sh FOLDER --rehearse goes without")
'
[ "$failed" = 0 ] || { tail -1 "$out/log.txt"; exit 1; }

step log.txt 30 "$python" -m bench.made_up "$data/text" --rows $rows --pairs $pairs
shards="$data/text/train/en-de" text="--subwords $data/text/subwords --rows 0 $sizes"
training="$python -m bench.gpu_training $shards --dev $data/text/dev/en-de $text"

printf '\n## Training, %s tokens a batch\n\n' "$tokens" | tee -a "$out/training.md"
# Compile all at the same time first: the processor's work, which then does not count in the measurements.
for variant in $compiled; do
    timeout 100 $training --tokens ${tokens% *} --warmup 1 --updates 1 --variant "$variant" >>"$out/log.txt" 2>&1 &
done
wait
head=--head
for variant in $variants; do
    step training.md 45 $training $head --tokens $tokens $updates --variant "$variant"
    head=
done

printf '\n## Beam search, beam 5\n\n' | tee -a "$out/decoding.md"
step decoding.md 60 "$python" -m bench.translate_throughput "$shards" $text $search --rounds 1 --only ours "MBart, sdpa"
step tests.txt 100 "$python" -m pytest tests/gpu --device $device -p no:cacheprovider -k "$tests"
echo "done in $SECONDS s; tables in $out"
exit $failed
