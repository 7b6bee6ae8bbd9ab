//! Logging in to a provider: where ([`place`]), what is shown and pasted ([`code`]), codes for devices
//! ([`device`]), what the token endpoint answers ([`answer`]), and with which browser ([`browser`]). Pure; the
//! verb asks and stores. What advice has to know of it stands in [`known`].

pub(crate) mod answer;
pub(crate) mod browser;
pub(crate) mod code;
pub(crate) mod device;
pub(crate) mod known;
pub(crate) mod place;
