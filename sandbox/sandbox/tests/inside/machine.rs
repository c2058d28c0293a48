//! What a program learns of itself and of the machine.

use crate::visit::printed;

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
