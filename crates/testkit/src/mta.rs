//! Writes localised string files (LocaleMetaData/*.MTA).
