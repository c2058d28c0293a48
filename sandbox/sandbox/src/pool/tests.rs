//! Spares that are numbers, made when a test says so.

use std::fs;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Scope, ScopedJoinHandle};

use super::*;

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);
const LANES: usize = 4;

/// What a test tells to come of the next birth; one that is told nothing goes on.
type Told = Result<u32, String>;

struct Fake {
    told: Mutex<Receiver<Told>>,
    has_ids: bool,
}

impl Maker for Fake {
    type Spare = u32;

    fn can_make(&self) -> bool {
        self.has_ids
    }

    fn make(&self) -> Told {
        self.told.lock().expect("no panic").recv().unwrap_or_else(|_| Err("the test is over".into()))
    }

    fn is_alive(&self, spare: &u32) -> bool {
        *spare != DEAD
    }

    fn is_old(&self, _: &u32) -> bool {
        false
    }

    fn lifetime(&self) -> Duration {
        LONG
    }

    fn rest(&self) {}
}

const DEAD: u32 = 0;

/// A pool that nobody uses yet.
fn pool(has_ids: bool) -> (Pool<Fake>, Sender<Told>) {
    let (tell, told) = channel();
    (Pool::new("default".into(), Fake { told: told.into(), has_ids }, 1, Keep::Always), tell)
}

/// Does something while a pool is kept full, and then closes it, whatever comes.
fn kept_full(pool: &Pool<Fake>, tell: Sender<Told>, act: impl FnOnce(&Sender<Told>)) {
    struct Open<'a>(&'a Pool<Fake>, Sender<Told>);
    impl Drop for Open<'_> {
        fn drop(&mut self) {
            self.0.close();
        }
    }
    std::thread::scope(|scope| {
        scope.spawn(|| pool.keep_full());
        let open = Open(pool, tell);
        act(&open.1);
    });
}

/// What comes of a lane's wait, and of births that are told when it has begun.
fn taken(pool: &Pool<Fake>, tell: &Sender<Told>, births: impl IntoIterator<Item = Told>) -> Told {
    std::thread::scope(|scope| {
        let (lane, _) = lane(scope, pool);
        wait_until(|| pool.state().waiting == 1);
        births.into_iter().for_each(|told| tell.send(told).expect("the pool tries"));
        lane.join().expect("no panic")
    })
}

fn wait_until(happens: impl FnMut() -> bool) {
    let tries = std::iter::repeat_with(happens).take(3000);
    let mut pauses = tries.inspect(|_| std::thread::sleep(Duration::from_millis(10)));
    assert!(pauses.any(|happened| happened), "it never happened");
}

/// A lane that waits for a spare, and its thread's number.
fn lane<'a>(scope: &'a Scope<'a, '_>, pool: &'a Pool<Fake>) -> (ScopedJoinHandle<'a, Told>, i32) {
    let (tell, told) = channel();
    let lane = scope.spawn(move || {
        tell.send(rustix::thread::gettid().as_raw_nonzero().get()).expect("somebody asks");
        pool.take(Instant::now() + LONG)
    });
    (lane, told.recv().expect("it has one"))
}

/// How often threads have gone to sleep so far, by the kernel's count.
fn sleeps(threads: &[i32]) -> u64 {
    let of_one = |thread: &i32| {
        let status = fs::read_to_string(format!("/proc/self/task/{thread}/status")).expect("it lives");
        let count = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        count.and_then(|count| count.trim().parse::<u64>().ok()).expect("the kernel counts")
    };
    threads.iter().map(of_one).sum()
}

#[test]
fn lanes_that_wait_sleep_until_there_is_a_spare() {
    let (pool, tell) = pool(true);
    kept_full(&pool, tell, |tell| {
        std::thread::scope(|scope| {
            // None of them is born before all wait.
            let (lanes, threads): (Vec<_>, Vec<_>) = (0..LANES).map(|_| lane(scope, &pool)).unzip();
            wait_until(|| pool.state().waiting == LANES);
            // Those who keep each other awake never rest.
            let (mut before, mut quiet) = (0, 0);
            wait_until(|| {
                let now = sleeps(&threads);
                quiet = if now == before { quiet + 1 } else { 0 };
                before = now;
                quiet == 20
            });
            for number in 1..=LANES {
                tell.send(Ok(number as u32)).expect("the pool makes them");
            }
            let mut taken: Vec<_> = lanes.into_iter().map(|lane| lane.join().expect("no panic")).collect();
            taken.sort();
            assert_eq!(taken, [Ok(1), Ok(2), Ok(3), Ok(4)]);
        });
    });
}

#[test]
fn nobody_waits_longer_than_he_may_and_he_learns_why() {
    for (has_ids, why) in [(false, "those that are dead do not go"), (true, "none was born in time")] {
        let (pool, tell) = pool(has_ids);
        kept_full(&pool, tell, |_| {
            let taken = pool.take(Instant::now() + Duration::from_millis(20));
            assert_eq!(taken, Err(format!("there is no guest for the run: {why}")));
        });
        assert_eq!(pool.state().waiting, 0);
    }
    let (pool, tell) = pool(true);
    kept_full(&pool, tell, |tell| assert_eq!(taken(&pool, tell, [Ok(1)]), Ok(1)));
}

#[test]
fn nobody_waits_for_more_than_three_that_are_not_born_and_one_that_has_died_is_replaced() {
    let (pool, tell) = pool(true);
    kept_full(&pool, tell, |tell| {
        let unborn = || Err("not born".to_owned());
        assert_eq!(taken(&pool, tell, [unborn(), unborn(), Err("the last".into())]), Err("the last".into()));
        assert_eq!(taken(&pool, tell, [unborn(), Ok(DEAD), unborn(), Ok(7)]), Ok(7));
    });
}

#[test]
fn whoever_waits_when_the_pool_is_closed_is_told() {
    let (pool, _tell) = pool(true);
    std::thread::scope(|scope| {
        let (lane, _) = lane(scope, &pool);
        wait_until(|| pool.state().waiting == 1);
        pool.close();
        assert_eq!(lane.join().expect("no panic"), Err("the sandbox is closed".into()));
    });
}
