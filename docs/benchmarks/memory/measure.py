"""Compares what `pinn check` says of the memory of a run with the peak of its resident set.

    python3 measure.py .build/release/pinn > peaks.csv

Every experiment trains for an iteration or a few; the whole takes about a minute on one core.
"""

import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

BINARY = sys.argv[1]
FOLDER = tempfile.mkdtemp()
BASE = '''variables = { x = [0, 1], t = [0, 1] }
fields = { u = {} }
equation = { expr = "u_t + u*u_x = 0.01*u_xx" }
condition = [{ at = "t = 0", expr = "u = sin(pi*x)" }, { at = ["x = 0", "x = 1"], expr = "u = 0" }]
'''
def cfg(hidden="[20,20]",interior=1000,opt='{ method = "adam", iterations = 2 }',grid="{ x = 20, t = 20 }",extra=""):
    return BASE + f'''network = {{ hidden = {hidden} }}
sampling = {{ interior = {interior} }}
optimizer = [{opt}]
output = {{ grid = {grid} }}
'''+extra
adam='{ method = "adam", iterations = 2 }'
lb=lambda h,n=60:'{ method = "l-bfgs", iterations = %d, history = %d, stop = { change = 0 } }'%(n,h)
gn='{ method = "gauss-newton", iterations = 1 }'
with open(f"{FOLDER}/data.csv", "w") as file:
    file.write("x,t,u\n")
    for _ in range(300000):
        file.write("%.6f,%.6f,%.6f\n" % (random.random(), random.random(), random.random()))
C={
 'tiny':(cfg(),1),
 'tiny8':(cfg(),8),
 'p100k':(cfg(interior=100000),1),
 'p1M':(cfg(interior=1000000),1),
 'p1Mt4':(cfg(interior=1000000),4),
 'wide':(cfg(hidden="[128,128,128,128]",interior=5000),1),
 'wide8':(cfg(hidden="[128,128,128,128]",interior=5000),8),
 'huge':(cfg(hidden="[1000,1000]",interior=500),1),
 'lb50':(cfg(hidden="[200,200,200]",interior=300,opt=lb(50)),1),
 'lb10':(cfg(hidden="[400,400]",interior=200,opt=lb(10,14)),2),
 'gn':(cfg(hidden="[24,24,24]",interior=4000,opt=gn),1),
 'gnbig':(cfg(hidden="[30,30,30]",interior=20000,opt=gn),2),
 'gndual':(cfg(hidden="[60,60,60]",interior=1200,opt=gn),2),
 'gnmany':(cfg(hidden="[12,12]",interior=200000,opt=gn),2),
 'grid1M':(cfg(grid="{ x = 1000, t = 1000 }"),1),
 'grid4M':(cfg(grid="{ x = 2000, t = 2000 }"),2),
 'data':(cfg(extra=f'data = [{{ file = "{FOLDER}/data.csv" }}]\n'),1),
 'ref':(cfg(extra=f'reference = [{{ file = "{FOLDER}/data.csv" }}]\n'),1),
 'batch':(cfg(interior=300000,opt='{ method = "adam", iterations = 2, batch = 1000 }'),1),
 'heldout':(BASE + 'network = { hidden = [20,20] }\nsampling = { interior = 1000, heldout = { points = 500000, every = 1 } }\noptimizer = [%s]\noutput = { grid = { x = 20, t = 20 } }\n'%adam,1),
 'resample':(BASE + 'network = { hidden = [20,20] }\nsampling = { interior = { points = 500000, resample = 1 } }\noptimizer = [%s]\noutput = { grid = { x = 20, t = 20 } }\n'%adam,1),
 'exprref':(cfg(grid="{ x = 600, t = 600 }",extra='reference = [{ expr = "u = x*t" }]\n'),1),
 'phases':(cfg(hidden="[60,60,60]",interior=20000,opt=adam+', '+lb(30,32)),2),
}

print("experiment,threads,parameters,predicted_mb,peak_mb,ratio")
for name, (text, threads) in C.items():
    with open(f"{FOLDER}/{name}.toml", "w") as file:
        file.write(text)
    shutil.rmtree(f"{FOLDER}/run", ignore_errors=True)
    options = [f"{FOLDER}/{name}.toml", "--threads", str(threads)]
    check = subprocess.run([BINARY, "check"] + options, capture_output=True, text=True).stdout
    predicted = int(re.search(r"memory (\d+) MB at the peak", check)[1])
    parameters = re.search(r"parameters (\d+)", check)[1]
    train = subprocess.Popen(
        [BINARY, "train"] + options + ["--out", f"{FOLDER}/run", "--quiet"], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(train.pid, 0)
    assert status == 0, name
    peak = usage.ru_maxrss * 1024 / 1e6
    print(f"{name},{threads},{parameters},{predicted},{peak:.1f},{predicted / peak:.2f}", flush=True)
shutil.rmtree(FOLDER)
