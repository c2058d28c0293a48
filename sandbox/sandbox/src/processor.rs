//! One processor core: of each Python a pool of spares, and the lanes that take from them.

use std::sync::Arc;

use crate::pool::{Occupied, Pool};

/// A processor core.
pub(crate) struct Processor {
    pub(crate) number: usize,
    /// By the number of each Python. No spare ever goes from one to another.
    pub(crate) pools: Vec<Arc<Pool>>,
}

impl Processor {
    /// The spares of a Python.
    pub(crate) fn pool(&self, python: usize) -> &Pool {
        &self.pools[python]
    }

    /// Says to all pools that a lane has a run, until that is over: whichever makes a spare takes time from it.
    pub(crate) fn occupied(&self) -> Vec<Occupied<'_>> {
        self.pools.iter().map(|pool| pool.occupied()).collect()
    }
}
