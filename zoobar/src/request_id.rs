//! The request id that zookd gave: every call made for this request carries it on.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

pub(crate) async fn carry(request: Request, next: Next) -> Response {
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
    rpc::request::scope(id, next.run(request)).await
}
