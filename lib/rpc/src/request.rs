//! The request id: one name for everything that one visitor's request causes, through every process.

use std::future::Future;

/// Longest id that is taken over, in bytes.
const MAX_LENGTH: usize = 64;

tokio::task_local! {
    static CURRENT: String;
}

/// Runs `work` under a request id; every call it makes carries the id along. An id that is empty, too long or not plain
/// is replaced by `-`, since it ends up in logs.
pub async fn scope<F: Future>(id: impl Into<String>, work: F) -> F::Output {
    let id = id.into();
    CURRENT.scope(if is_plain(&id) { id } else { "-".to_owned() }, work).await
}

/// The id of the request under way; `-` outside of any.
pub fn current() -> String {
    CURRENT.try_with(Clone::clone).unwrap_or_else(|_| "-".to_owned())
}

/// Goes on with `work` under the request's id, while its answer is on the way.
pub fn spawn(work: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(scope(current(), work));
}

fn is_plain(id: &str) -> bool {
    !id.is_empty() && id.len() <= MAX_LENGTH && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_id_that_could_break_a_log_line_is_replaced() {
        assert_eq!(scope("a1-b2", async { current() }).await, "a1-b2");
        assert_eq!(scope("a\nb", async { current() }).await, "-");
        assert_eq!(scope("x".repeat(65), async { current() }).await, "-");
        assert_eq!(current(), "-");
    }

    #[tokio::test]
    async fn what_goes_on_beside_a_request_bears_its_id() {
        let (told, heard) = tokio::sync::oneshot::channel();
        scope("a1-b2", async { spawn(async { told.send(current()).expect("somebody listens") }) }).await;
        assert_eq!(heard.await.as_deref(), Ok("a1-b2"));
    }
}
