//! Four clients at a time, here and at plain interpreters with the same modules, one for each client so that none waits for
//! another.

use std::time::{Duration, Instant};

use super::HELLO;
use super::house::House;
use super::plain::Forking;
use crate::statistics::Samples;

const CLIENTS: usize = 4;

/// Runs per second, round by round.
pub(crate) struct Crowd {
    pub(crate) ours: Samples,
    pub(crate) plain: Samples,
    interpreters: Vec<Forking>,
}

impl Crowd {
    pub(crate) fn start(modules: &str) -> anyhow::Result<Self> {
        let interpreters = (0..CLIENTS).map(|_| Forking::start(modules)).collect::<anyhow::Result<_>>()?;
        Ok(Self { ours: Samples::default(), plain: Samples::default(), interpreters })
    }

    pub(crate) fn turn(&mut self, house: &House, turn: Duration) -> anyhow::Result<()> {
        let ours = (0..CLIENTS).map(|client| {
            let owner = format!("client{client}");
            move || house.run(&owner, HELLO).map(drop)
        });
        self.ours.push(rate(ours, turn)?);
        let plain = self.interpreters.iter_mut().map(|interpreter| || interpreter.run(HELLO).map(drop));
        self.plain.push(rate(plain, turn)?);
        Ok(())
    }
}

/// How many times a second all clients together do what they do.
fn rate<C>(clients: impl Iterator<Item = C>, turn: Duration) -> anyhow::Result<f64>
where
    C: FnMut() -> anyhow::Result<()> + Send,
{
    let begin = Instant::now();
    let done = std::thread::scope(|scope| {
        let busy: Vec<_> = clients
            .map(|mut client| {
                scope.spawn(move || -> anyhow::Result<u32> {
                    let mut done = 0;
                    while begin.elapsed() < turn {
                        client()?;
                        done += 1;
                    }
                    Ok(done)
                })
            })
            .collect();
        let mut done = 0;
        for client in busy {
            done += client.join().map_err(|_| anyhow::anyhow!("a client panicked"))??;
        }
        anyhow::Ok(done)
    })?;
    Ok(f64::from(done) / begin.elapsed().as_secs_f64())
}
