//! Everything that the conversations share.

use std::sync::Arc;

use tokio::sync::watch;

use crate::body::Shelf;
use crate::door::Door;
use crate::{Fronts, Limits, Routes};

/// A dispatcher: its routes, its limits, and what is under way.
#[derive(Debug)]
pub struct House {
    pub(crate) routes: Routes,
    pub(crate) fronts: Fronts,
    pub(crate) limits: Limits,
    pub(crate) door: Door,
    pub(crate) shelf: Shelf,
    pub(crate) leaving: watch::Sender<bool>,
}

impl House {
    pub fn new(routes: Routes, fronts: Fronts, limits: Limits) -> Arc<House> {
        Arc::new(House {
            door: Door::new(&limits),
            shelf: Shelf::new(limits.bodies),
            leaving: watch::Sender::new(false),
            routes,
            fronts,
            limits,
        })
    }
}
