//! Opening an account: the only place where money comes from.

use bank_api::INITIAL_BALANCE;

use super::{Failed, Ledger};

impl Ledger {
    /// Opens an account with [`INITIAL_BALANCE`]; one that is open stays as it is.
    pub(crate) async fn open_account(&self, username: String) -> Result<(), Failed> {
        let open = "INSERT INTO account (username, zoobars) VALUES (?1, ?2) ON CONFLICT (username) DO NOTHING";
        self.store
            .writer
            .write(move |db| {
                db.prepare_cached(open)?.execute((username, INITIAL_BALANCE))?;
                Ok(())
            })
            .await
    }
}
