//! The standard library, imported late: nothing is refused on the way.

use std::io::Write;

use crate::fixture::{said, text};
use crate::visit::run;

/// Runs a program that says nothing, and is told nothing.
fn quiet(owner: &str, code: &str) {
    let outcome = run(owner, code);
    assert_eq!(outcome.ending, sandbox::Ending::Finished { exit_code: 0 }, "{}", said(&outcome));
    assert_eq!((text(&outcome.output), text(&outcome.errors), outcome.denials), Default::default());
}

#[test]
fn most_modules_can_be_imported_late_and_nobody_is_told_of_the_search() {
    let code = "\
import argparse, ast, asyncio, cmath, codecs, concurrent.futures, configparser, contextvars, doctest, email.message\n\
import fnmatch, gettext, glob, gzip, hashlib, http.client, inspect, ipaddress, keyword, logging.handlers, mimetypes\n\
import numbers, optparse, pickle, pickletools, platform, plistlib, queue, sched, selectors, shelve, shlex, signal\n\
import smtplib, sqlite3, stat, symtable, tarfile, timeit, tokenize, tomllib, unittest.mock, urllib.request, warnings\n\
import wave, weakref, xml.dom.minidom, xml.etree.ElementTree, xmlrpc.client, zipapp, zipfile, zoneinfo\n";
    quiet("inside-imports", code);
}

#[test]
fn modules_in_machine_code_work() {
    let code = r#"
import bz2, contextvars, cProfile, gzip, lzma, mmap, queue, sqlite3, resource, zlib
for module in bz2, gzip, zlib:
    assert module.decompress(module.compress(b'x' * 1000)) == b'x' * 1000
# As it is usually set, it takes more memory than a run has.
assert lzma.decompress(lzma.compress(b'x' * 1000, preset=1)) == b'x' * 1000
memory = mmap.mmap(-1, 8192); memory[:3] = b'own'; memory.flush(); assert memory[:4] == b'own\0'
memory.resize(4096); assert memory[:3] == b'own'; memory.close()
variable = contextvars.ContextVar('v', default=1); variable.set(2); assert contextvars.copy_context()[variable] == 2
assert 'grüße 日本'.encode('euc_jp', 'replace').decode('euc_jp').endswith('日本')
assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0 and resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 64
profile = cProfile.Profile(); assert profile.runcall(sorted, [2, 1]) == [1, 2]
for place in ':memory:', 'file.db':
    base = sqlite3.connect(place)
    base.execute('create table t (n)'); base.executemany('insert into t values (?)', [(1,), (2,)]); base.commit()
    assert base.execute('select sum(n) from t').fetchone() == (3,); base.close()
"#;
    quiet("inside-machine-code", code);
}

#[test]
fn arithmetic_time_and_chance_are_what_they_are_elsewhere() {
    let code = r#"
import datetime, decimal, locale, random, statistics, time
with decimal.localcontext() as context:
    context.prec = 50; assert str(decimal.Decimal(1) / 3) == '0.' + '3' * 50
begun = time.monotonic(); time.sleep(0.01); assert time.monotonic() - begun >= 0.01
assert time.tzname == ('UTC', 'UTC') and datetime.datetime.now().astimezone().utcoffset() == datetime.timedelta(0)
assert abs(time.time() - datetime.datetime.now().timestamp()) < 10 and time.process_time() > 0 and time.thread_time() > 0
assert locale.setlocale(locale.LC_ALL, '') == 'C' and locale.getpreferredencoding() == 'utf-8'
assert random.Random(1).random() == 0.13436424411240122 and statistics.mean([1, 2]) == 1.5
"#;
    quiet("inside-arithmetic", code);
}

#[test]
fn time_zones_are_those_of_the_host() {
    if !std::path::Path::new("/usr/share/zoneinfo/Europe/Berlin").exists() {
        let missing = "skipped: the host has no time zones; they are in Debian's package tzdata";
        writeln!(std::io::stderr(), "{missing}").expect("somebody reads it");
        return;
    }
    let code = "import datetime, zoneinfo\n\
        berlin = datetime.datetime(2024, 7, 1, 12, tzinfo=zoneinfo.ZoneInfo('Europe/Berlin'))\n\
        assert berlin.isoformat() == '2024-07-01T12:00:00+02:00' and zoneinfo.ZoneInfo('Asia/Tokyo')\n";
    quiet("inside-zones", code);
}

#[test]
fn threads_queues_and_pools_work() {
    let code = r#"
import concurrent.futures, queue, threading
tasks, results = queue.Queue(), queue.SimpleQueue()
def work():
    while (task := tasks.get()) is not None: results.put(task * 2)
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads: thread.start()
for task in [*range(100), *[None] * 4]: tasks.put(task)
for thread in threads: thread.join()
assert sorted(results.get() for _ in range(100)) == [n * 2 for n in range(100)]
with concurrent.futures.ThreadPoolExecutor(4) as pool: assert list(pool.map(abs, [-1, -2])) == [1, 2]
local, event, barrier = threading.local(), threading.Event(), threading.Barrier(2)
timer = threading.Timer(0.01, event.set); timer.start(); assert event.wait(2)
waiter = threading.Thread(target=barrier.wait); waiter.start(); barrier.wait(); waiter.join()
"#;
    quiet("inside-threads", code);
}
