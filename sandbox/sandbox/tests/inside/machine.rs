//! What a program learns of itself and of the machine.

use crate::fixture::{said, text};
use crate::visit::{printed, run};

#[test]
fn a_program_is_one_ordinary_user_on_a_machine_of_its_own() {
    let code = "import os, platform, socket, sys\n\
        print(os.getuid(), os.geteuid(), os.getresuid(), os.getresgid(), os.getgroups(), os.getppid())\n\
        print(socket.gethostname(), platform.system(), os.getcwd(), os.getpriority(os.PRIO_PROCESS, 0), sys.stdin.read() == '', os.isatty(1))\n\
        print(os.sched_getscheduler(0) == os.SCHED_OTHER, len(os.sched_getaffinity(0)), len(os.urandom(9)))\n";
    let expected = "1000 1000 (1000, 1000, 1000) (1000, 1000, 1000) [] 0\n\
        sandbox Linux /tmp 0 True False\n\
        True 1 9\n";
    assert_eq!(printed("inside-machine", code), expected);
}

#[test]
fn waiting_for_descriptors_works_without_epoll() {
    let code = "import select, selectors\n\
        print(hasattr(select, 'epoll'), selectors.DefaultSelector.__name__)\n\
        print(select.select([0], [1], [], 1), select.poll().poll(1))\n\
        with selectors.DefaultSelector() as s:\n    \
            s.register(0, selectors.EVENT_READ); print(len(s.select(1)))\n";
    assert_eq!(printed("inside-waiting", code), "False PollSelector\n([0], [1], []) []\n1\n");
}

#[test]
fn signals_and_timers_of_its_own_work() {
    let code = "import os, signal, time\n\
        heard = []\n\
        for number in (signal.SIGALRM, signal.SIGUSR1): signal.signal(number, lambda n, _: heard.append(n))\n\
        signal.setitimer(signal.ITIMER_REAL, 0.01)\n\
        while not heard: time.sleep(1)\n\
        signal.raise_signal(signal.SIGUSR1)\n\
        print([signal.Signals(n).name for n in heard])\n\
        try:\n    \
            signal.raise_signal(signal.SIGINT)\n\
        except KeyboardInterrupt: print('interrupted')\n";
    assert_eq!(printed("inside-signals", code), "['SIGALRM', 'SIGUSR1']\ninterrupted\n");
}

#[test]
fn an_event_loop_runs_and_wakes_for_threads_and_signals() {
    let code = "import asyncio, signal, socket, threading\n\
        async def main():\n    \
            loop = asyncio.get_running_loop()\n    \
            rung = asyncio.Event()\n    \
            loop.add_signal_handler(signal.SIGUSR1, rung.set)\n    \
            loop.call_later(0.01, signal.raise_signal, signal.SIGUSR1)\n    \
            a, b = socket.socketpair()\n    \
            a.setblocking(False); b.setblocking(False)\n    \
            said = asyncio.create_task(loop.sock_recv(b, 99))\n    \
            await loop.sock_sendall(a, b'bytes')\n    \
            await asyncio.wait_for(rung.wait(), 4)\n    \
            a.close(); b.close()\n    \
            told = loop.create_future()\n    \
            threading.Thread(target=loop.call_soon_threadsafe, args=(told.set_result, 3)).start()\n    \
            print(await said, await told, sum(await asyncio.gather(*map(double, range(99)))))\n\
        async def double(number):\n    \
            await asyncio.sleep(0.001)\n    \
            return 2 * number\n\
        asyncio.run(main())\n";
    let outcome = run("inside-asyncio", code);
    assert_eq!(text(&outcome.output), "b'bytes' 3 9702\n", "{}", said(&outcome));
    assert!(outcome.denials.is_empty(), "{:?}", outcome.denials);
}

#[test]
fn a_pipe_leads_from_one_thread_to_another() {
    let code = "import os, threading\n\
        way_out, way_in = os.pipe()\n\
        threading.Thread(target=lambda: os.fdopen(way_in, 'w').write('through a pipe')).start()\n\
        print(os.fdopen(way_out).read())\n";
    assert_eq!(printed("inside-pipe", code), "through a pipe\n");
}

#[test]
fn signals_neither_lose_nor_double_a_call() {
    let code = "import os, signal\n\
        heard = 0\n\
        def hear(*_):\n    \
            global heard\n    \
            heard += 1\n\
        log = os.open('log', os.O_CREAT | os.O_WRONLY | os.O_APPEND)\n\
        signal.signal(signal.SIGALRM, hear)\n\
        signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)\n\
        for n in range(2000):\n    \
            os.mkdir(f'a{n}')\n    \
            os.rename(f'a{n}', f'b{n}')\n    \
            os.write(log, b'x')\n    \
            os.rmdir(f'b{n}')\n\
        signal.setitimer(signal.ITIMER_REAL, 0)\n\
        assert heard > 10, heard\n\
        assert os.path.getsize('log') == 2000 and os.listdir() == ['log'], os.listdir()\n\
        print('whole')\n";
    assert_eq!(printed("inside-interrupted", code), "whole\n");
}
