# Says nothing, by all the means by which one says something.
import time
for i in range(2):
    print(f'{i} {i / 3:.1f} {time.time()}'[:0], end='', flush=True)
