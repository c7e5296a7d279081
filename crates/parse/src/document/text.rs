//! Bytes to text: byte order marks, UTF-16 without one, mixed encodings, ANSI and OEM code pages.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Decodes a whole document. Nothing is refused: bytes without a meaning become U+FFFD.
///
/// `\r\r\n`, which wmic writes when its output is redirected, becomes one line end, and NUL padding disappears.
pub(super) fn decode(bytes: &[u8]) -> String {
    let mut text = match Encoding::for_bom(bytes) {
        Some((encoding, mark)) if encoding == UTF_8 => without_mark(bytes.get(mark..).unwrap_or_default()),
        Some((encoding, mark)) => {
            let (wide, appended) = split_appended(bytes.get(mark..).unwrap_or_default());
            encoding.decode_without_bom_handling(wide).0.into_owned() + &single_byte(appended)
        }
        None => without_mark(bytes),
    };
    if text.contains('\0') {
        text.retain(|c| c != '\0');
    }
    // Files that were joined have a mark wherever one of them began.
    if text.starts_with(MARK) || text.contains("\n\u{feff}") {
        text = text.trim_start_matches(MARK).replace("\n\u{feff}", "\n");
    }
    if !text.contains('\n') {
        // Spreadsheets can save line ends as an old Macintosh has them.
        return text.replace('\r', "\n");
    }
    if text.contains("\r\r\n") { text.replace("\r\r\n", "\r\n") } else { text }
}

const MARK: char = '\u{feff}';

/// Beginnings of large files that are mostly NULs at first: disk images, memory dumps, registry hives.
const BINARIES: [&[u8]; 7] = [b"vhdxfile", b"conectix", b"KDMV", b"PAGEDU", b"MDMP", b"regf", b"SQLite format 3"];

/// True if the head of a file holds control characters as no text does.
pub(super) fn is_binary(bytes: &[u8]) -> bool {
    let head = bytes.get(..4096).unwrap_or(bytes);
    if BINARIES.iter().any(|magic| head.starts_with(magic)) {
        return true;
    }
    // In UTF-16 the bytes of a letter may look like control characters.
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return false;
    }
    let odd = head.iter().filter(|b| matches!(b, 1..=8 | 14..=26 | 28..=31 | 127)).count();
    odd * 20 > head.len()
}

fn without_mark(bytes: &[u8]) -> String {
    let Some(first_nul) = bytes.iter().position(|b| *b == 0) else {
        return single_byte(bytes);
    };
    // Little-endian UTF-16 begins one byte before the first NUL: its first character is ASCII in every file we read.
    let start = first_nul.saturating_sub(1);
    let (prefix, wide) = bytes.split_at_checked(start).unwrap_or((bytes, &[]));
    if is_wide(wide, 1) {
        let prefix = prefix.strip_suffix(b"\xff\xfe").unwrap_or(prefix);
        return single_byte(prefix) + &UTF_16LE.decode_without_bom_handling(wide).0;
    }
    if first_nul == 0 && is_wide(bytes, 0) {
        return UTF_16BE.decode_without_bom_handling(bytes).0.into();
    }
    single_byte(bytes)
}

/// Cuts off the lines that `>>` of another shell appended in ASCII to a UTF-16 file. In UTF-16 a line end has a NUL.
fn split_appended(bytes: &[u8]) -> (&[u8], &[u8]) {
    // In big-endian order the NUL comes first: its character's other byte is not what was appended.
    let end = bytes.iter().rposition(|b| *b == 0).map_or(0, |last| (last + 1).next_multiple_of(2));
    let tail = bytes.get(end..).unwrap_or_default();
    let is_text = tail.iter().all(|b| matches!(b, 9 | 10 | 13 | 32..=126)) && tail.contains(&b'\n');
    if is_text { (bytes.get(..end).unwrap_or_default(), tail) } else { (bytes, &[]) }
}

/// True if a third of the byte pairs have a NUL at `high` and next to none at the other place.
fn is_wide(bytes: &[u8], high: usize) -> bool {
    let sample = bytes.get(..8192).unwrap_or(bytes);
    let nul_at = |place: usize| sample.iter().skip(place).step_by(2).filter(|b| **b == 0).count();
    let pairs = sample.len() / 2;
    pairs > 0 && nul_at(high) * 3 >= pairs && nul_at(1 - high) * 20 <= pairs
}

/// UTF-8 if it is valid, else the code page that fits best.
fn single_byte(bytes: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    // A file that was cut inside a character is still UTF-8.
    if let Err(e) = std::str::from_utf8(bytes)
        && e.error_len().is_none()
        && bytes.get(..e.valid_up_to()).is_some_and(|valid| !valid.is_ascii())
    {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let mut detector = chardetng::EncodingDetector::new();
    detector.feed(bytes.get(..1 << 20).unwrap_or(bytes), true);
    let guess = detector.guess(None, false);
    if guess.is_single_byte() && guess != encoding_rs::IBM866 && is_oem(bytes) {
        return bytes.iter().map(|b| oem_850(*b)).collect();
    }
    let guess = if guess == UTF_8 { WINDOWS_1252 } else { guess };
    guess.decode_without_bom_handling(bytes).0.into_owned()
}

/// True if letters of words lie where code page 850 has them and the ANSI pages have none: 0x80-0x9F, 0xA0-0xA5.
fn is_oem(bytes: &[u8]) -> bool {
    let (mut oem, mut ansi) = (0usize, 0usize);
    for window in bytes.windows(2) {
        if let [before, b] = window
            && before.is_ascii_alphabetic()
        {
            match b {
                0x92 | 0x99 => {}
                0x80..=0xa5 => oem += 1,
                0xc0..=0xff => ansi += 1,
                _ => {}
            }
        }
    }
    oem > ansi
}

/// Code page 850, which Western European consoles write.
fn oem_850(byte: u8) -> char {
    const UPPER: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐\
                         └┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";
    match byte.checked_sub(0x80) {
        None => char::from(byte),
        Some(upper) => UPPER.chars().nth(usize::from(upper)).unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn marks_and_their_absence() {
        assert_eq!(decode(b"\xef\xbb\xbfHV01"), "HV01");
        assert_eq!(decode(&[&b"\xff\xfe"[..], &wide("HV01 é")].concat()), "HV01 é");
        assert_eq!(decode(b"\xfe\xff\0H\0V"), "HV");
        assert_eq!(decode(b"\xfe\xff\0H\0\r\0\n"), "H\r\n");
        assert_eq!(decode(&wide("HV01 ü, 漢")), "HV01 ü, 漢");
        assert_eq!(decode(b"\0H\0V\x000\x001"), "HV01");
        assert_eq!(decode("dé".as_bytes()), "dé");
        assert_eq!(decode(b""), "");
        assert_eq!(decode(b"\0"), "");
    }

    #[test]
    fn mixed_encodings_padding_and_line_ends() {
        let mixed = [&b"Please wait."[..], &wide("Caption  HotFixID\r\r\n"), &b"\0"[..]].concat();
        let text = decode(&mixed);
        assert!(text.starts_with("Please wait.Caption  HotFixID\r\n"), "{text:?}");
        let marked = [&b"PS> \xff\xfe"[..], &wide("Name")].concat();
        assert_eq!(decode(&marked), "PS> Name");
        let appended = [&b"\xff\xfe"[..], &wide("a,b\r\n"), &b"c,d\r\n"[..]].concat();
        assert_eq!(decode(&appended), "a,b\r\nc,d\r\n");
        let chinese = [&b"\xff\xfe"[..], &wide("a\r\n主机名")].concat();
        assert_eq!(decode(&chinese), "a\r\n主机名");
        assert_eq!(decode(b"HV01\r\n\0\0\0\0\0"), "HV01\r\n");
        assert_eq!(decode(b"a,b\rc,d\r\re"), "a,b\nc,d\n\ne");
        assert_eq!(decode("\u{feff}\u{feff}a\r\n\u{feff}b x\u{feff}".as_bytes()), "a\r\nb x\u{feff}");
    }

    #[test]
    fn code_pages() {
        assert_eq!(
            decode(b"Nom de l'h\x93te: x\r\nsyst\x8ame d'exploitation").lines().next(),
            Some("Nom de l'hôte: x")
        );
        assert_eq!(decode(b"Schl\xfcssel f\xfcr M\xfcller, Gr\xf6\xdfe"), "Schlüssel für Müller, Größe");
        let (gbk, ..) = encoding_rs::GBK.encode("主机名: HV01 系统类型 初始安装日期 注册的所有人");
        assert_eq!(decode(&gbk), "主机名: HV01 系统类型 初始安装日期 注册的所有人");
        let (oem, ..) = encoding_rs::IBM866.encode("Имя узла: DC01, Изготовитель системы и параметры");
        assert_eq!(decode(&oem), "Имя узла: DC01, Изготовитель системы и параметры");
        // Cut inside the last character.
        assert_eq!(decode(b"gr\xc3\xb6\xc3"), "grö\u{fffd}");
    }

    #[test]
    fn binary_heads() {
        assert!(is_binary(b"\x01\x02\x03\x04ABCDEF"));
        assert!(!is_binary(&wide("plain text")));
    }
}
