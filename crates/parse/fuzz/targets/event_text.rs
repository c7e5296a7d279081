#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|bytes: &[u8]| -> Corpus {
    if delegap_parse_fuzz::check_document("event_text", bytes) { Corpus::Keep } else { Corpus::Reject }
});
