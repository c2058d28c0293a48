//! Names of fields that programs of this house write.

use crate::Name;

pub const ACCEPT_RANGES: Name<'static> = Name::fixed("accept-ranges");
pub const ALLOW: Name<'static> = Name::fixed("allow");
pub const CACHE_CONTROL: Name<'static> = Name::fixed("cache-control");
pub const CONNECTION: Name<'static> = Name::fixed("connection");
pub const CONTENT_ENCODING: Name<'static> = Name::fixed("content-encoding");
pub const CONTENT_LENGTH: Name<'static> = Name::fixed("content-length");
pub const CONTENT_RANGE: Name<'static> = Name::fixed("content-range");
pub const CONTENT_TYPE: Name<'static> = Name::fixed("content-type");
pub const DATE: Name<'static> = Name::fixed("date");
pub const ETAG: Name<'static> = Name::fixed("etag");
pub const HOST: Name<'static> = Name::fixed("host");
pub const LAST_MODIFIED: Name<'static> = Name::fixed("last-modified");
pub const LOCATION: Name<'static> = Name::fixed("location");
pub const RETRY_AFTER: Name<'static> = Name::fixed("retry-after");
pub const TRANSFER_ENCODING: Name<'static> = Name::fixed("transfer-encoding");
pub const VARY: Name<'static> = Name::fixed("vary");
pub const X_CONTENT_TYPE_OPTIONS: Name<'static> = Name::fixed("x-content-type-options");
/// From which byte on the dispatcher sends the descriptor that comes along.
pub const X_DESCRIPTOR_OFFSET: Name<'static> = Name::fixed("x-descriptor-offset");
pub const X_FORWARDED_FOR: Name<'static> = Name::fixed("x-forwarded-for");
pub const X_FORWARDED_PROTO: Name<'static> = Name::fixed("x-forwarded-proto");
/// By which all logs know the request.
pub const X_REQUEST_ID: Name<'static> = Name::fixed("x-request-id");
