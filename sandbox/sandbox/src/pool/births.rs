//! How spares are made: by the zygotes of one Python on one processor core, each with an id that nobody else has.

use std::sync::Arc;
use std::time::Duration;

use zygote_api::Birth;

use super::Maker;
use crate::native::{Family, Ids, Spare};
use crate::words;

/// Makes guests.
pub(crate) struct Births {
    pub(crate) family: Family,
    pub(crate) ids: Arc<Ids>,
    pub(crate) birth: Birth,
}

impl Maker for Births {
    type Spare = Spare;

    fn can_make(&self) -> bool {
        self.ids.any()
    }

    fn make(&self) -> Result<Spare, String> {
        let id = self.ids.take().ok_or("all ids of guests are taken")?;
        let zygote = self.family.zygote().map_err(|why| words(&why))?;
        Spare::make(zygote.clone(), id, &self.birth).map_err(|why| {
            self.family.give_up(&zygote);
            words(&why)
        })
    }

    fn is_alive(&self, spare: &Spare) -> bool {
        spare.is_alive()
    }

    fn is_old(&self, spare: &Spare) -> bool {
        self.family.is_old(spare.zygote())
    }

    fn lifetime(&self) -> Duration {
        self.family.recycle_after()
    }

    fn rest(&self) {
        self.family.rest();
    }
}
