"""The names of languages, in the languages that letters are told in."""

from collections.abc import Sequence

CODES = ("en", "fr", "de", "es", "it", "pt", "nl", "pl", "ja", "zh")

# letter's language -> the names of CODES, each as it stands after "in" ("auf", "en", "w języku", …) in that language
# fmt: off
NAMES: dict[str, tuple[str, ...]] = {
    "en": ("English", "French", "German", "Spanish", "Italian",
           "Portuguese", "Dutch", "Polish", "Japanese", "Chinese"),
    "fr": ("anglais", "français", "allemand", "espagnol", "italien",
           "portugais", "néerlandais", "polonais", "japonais", "chinois"),
    "de": ("Englisch", "Französisch", "Deutsch", "Spanisch", "Italienisch",
           "Portugiesisch", "Niederländisch", "Polnisch", "Japanisch", "Chinesisch"),
    "es": ("inglés", "francés", "alemán", "español", "italiano",
           "portugués", "neerlandés", "polaco", "japonés", "chino"),
    "it": ("inglese", "francese", "tedesco", "spagnolo", "italiano",
           "portoghese", "olandese", "polacco", "giapponese", "cinese"),
    "pt": ("inglês", "francês", "alemão", "espanhol", "italiano",
           "português", "neerlandês", "polaco", "japonês", "chinês"),
    "nl": ("Engels", "Frans", "Duits", "Spaans", "Italiaans",
           "Portugees", "Nederlands", "Pools", "Japans", "Chinees"),
    "pl": ("angielskim", "francuskim", "niemieckim", "hiszpańskim", "włoskim",
           "portugalskim", "niderlandzkim", "polskim", "japońskim", "chińskim"),
    "ja": ("英語", "フランス語", "ドイツ語", "スペイン語", "イタリア語",
           "ポルトガル語", "オランダ語", "ポーランド語", "日本語", "中国語"),
    "zh": ("英语", "法语", "德语", "西班牙语", "意大利语",
           "葡萄牙语", "荷兰语", "波兰语", "日语", "中文"),
}
# fmt: on

OR: dict[str, str] = {
    "en": " or ",
    "fr": " ou en ",
    "de": " oder ",
    "es": " o en ",
    "it": " o in ",
    "pt": " ou em ",
    "nl": " of ",
    "pl": " lub ",
    "ja": "または",
    "zh": "或",
}

# What else a mail may be found to be written in; told in the letters that say so, which are whole in these languages.
# fmt: off
OTHER_CODES = ("ar", "cs", "da", "el", "fi", "he", "hu", "ko", "no", "ro", "ru", "sv", "tr", "uk")
OTHERS: dict[str, tuple[str, ...]] = {
    "en": ("Arabic", "Czech", "Danish", "Greek", "Finnish", "Hebrew", "Hungarian",
           "Korean", "Norwegian", "Romanian", "Russian", "Swedish", "Turkish", "Ukrainian"),
    "fr": ("arabe", "tchèque", "danois", "grec", "finnois", "hébreu", "hongrois",
           "coréen", "norvégien", "roumain", "russe", "suédois", "turc", "ukrainien"),
    "de": ("Arabisch", "Tschechisch", "Dänisch", "Griechisch", "Finnisch", "Hebräisch", "Ungarisch",
           "Koreanisch", "Norwegisch", "Rumänisch", "Russisch", "Schwedisch", "Türkisch", "Ukrainisch"),
}
# fmt: on


def named(codes: Sequence[str], language: str) -> str:
    """Languages by name, as they stand after "in": "English or French". A code without a name stays a code."""
    spoken = language if language in NAMES else "en"
    others = OTHERS.get(spoken, OTHERS["en"])
    names = dict(zip((*OTHER_CODES, *CODES), (*others, *NAMES[spoken]), strict=True))
    return OR[spoken].join(names.get(code, code) for code in codes)
