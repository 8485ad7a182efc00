# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Facts about the Wikipedias' languages: names of namespaces, headings of end matter, marks of disambiguation pages.

All names are known for every dump: articles copied from another Wikipedia keep theirs.
"""

import re

from data.wikipedia_corpus import siteinfo

# The names that a dump's <siteinfo> lists are added to these. It does not list aliases: German has Datei there, and the older Bild
# works too. A link to a file is also known by its file name (is_media_file), in any language.
_FILE_NAMES = (
    "file image media datei bild medium fichier média media archivo imagen medio immagine ficheiro imagem arquivo multimédia mídia "
    "файл изображение медиа ファイル 画像 メディア 文件 檔案 档案 图像 圖像 图片 圖片 媒體 媒体文件 媒体 媒體檔案 ملف صورة ميديا وسائط "
    "चित्र मीडिया media bestand afbeelding plik grafika fil зображення 파일 그림 미디어 dosya resim ortam پرونده تصویر مدیا "
    "קובץ תמונה מדיה soubor obrázek média tiedosto kuva fájl kép fișier fişier imagine billede bilde berkas gambar "
    "ไฟล์ ภาพ αρχείο εικόνα μέσο fitxer imatge চিত্র মিডিয়া картинка датотека слика datoteka slika súbor obrázok "
    "fail pilt vaizdas attēls fitxategi irudi imaxe fayl şəkil skeda figura mynd íomhá delwedd lêer beeld dosiero "
    "பகுப்பு-படிமம் படிமம் ఫైలు దస్త్రం ചിത്രം પ્રમાણ ਤਸਵੀਰ פייל վավերապատկեր სურათი выява фајл"
).split() + ["tập tin", "hình", "phương tiện"]
_CATEGORY_NAMES = (
    "category kategorie catégorie categoría categoria категория カテゴリ 分类 分類 تصنيف श्रेणी categorie kategoria kategori "
    "категорія 분류 رده קטגוריה kategória luokka หมวดหมู่ κατηγορία বিষয়শ্রেণী kategorija kategooria категорија kategoriya "
    "kateqoriya kategorio flokkur catagóir categori பகுப்பு వర్గం വർഗ്ഗം શ્રેણી ਸ਼੍ਰੇਣੀ կատեգորիա კატეგორია катэгорыя jamii"
).split() + ["thể loại"]
_MEDIA_FILE = re.compile(
    r"^[^:\[\]|]{1,40}:[^|\[\]]+\.(?:jpe?g|png|gif|svg|tiff?|webp|xcf|bmp|djvu|pdf|og[gvax]|opus|webm|mp3|mp4|mid|wav|flac|stl)$",
    re.IGNORECASE,
)

_END_MATTER = """
en references|external links|external link|see also|notes|further reading|bibliography|sources|footnotes|citations|works cited
en literature|notes and references|references and notes|gallery|discography|filmography|publications|selected bibliography
en selected publications|notes and citations|references and sources|explanatory notes|citations and notes|related pages|other websites
en references and further reading|sources and further reading|external sources
de einzelnachweise|weblinks|siehe auch|literatur|quellen|anmerkungen|fußnoten|belege|galerie|diskografie|filmografie|diskographie
de einzelnachweise und anmerkungen|anmerkungen und einzelnachweise|weiterführende literatur|nachweise|bilder
de veröffentlichungen|filmografie (auswahl)|literatur und quellen|quellen und literatur
fr notes et références|références|notes|liens externes|voir aussi|articles connexes|bibliographie|annexes|lien externe|sources
fr filmographie|discographie|publications|galerie|pour approfondir|liens|source|compléments
es referencias|notas|enlaces externos|véase también|bibliografía|fuentes|notas y referencias|filmografía|discografía|galería
es lectura adicional|referencias y notas|referencias externas|enlace externo|galería de imágenes
it note|bibliografia|voci correlate|altri progetti|collegamenti esterni|fonti|galleria d'immagini|filmografia|discografia
pt referências|notas|ligações externas|ver também|bibliografia|notas e referências|galeria|leitura adicional|fontes|discografia
pt filmografia|ligação externa|referências bibliográficas|links externos|leituras adicionais|veja também|galeria de fotos
ru примечания|ссылки|литература|см. также|источники|библиография|галерея|фильмография|дискография|сноски|комментарии
ru примечания и ссылки|использованная литература|источники и примечания
ja 脚注|出典|参考文献|関連項目|外部リンク|注釈|関連文献|注|参照|脚注・出典|出典・脚注|ギャラリー|関連書籍|ディスコグラフィ|フィルモグラフィ
ja 注釈・出典|注釈・参照|参考資料|外部サイト
zh 参考文献|參考文獻|参考资料|參考資料|外部链接|外部連結|外部鏈接|参见|參見|相关条目|相關條目|注释|註釋|参考|參考|延伸阅读|延伸閱讀|脚注|腳註|註解|注解
zh 画廊|图集|圖集|畫廊|相册|相冊|參看|参看|來源|来源|資料來源|资料来源|參照|外部连结|相關連結|参考书目|參考書目|引用|備註|备注
ar مراجع|المراجع|وصلات خارجية|انظر أيضًا|انظر أيضا|انظر ايضا|هوامش|مصادر|المصادر|معرض صور|ملاحظات|روابط خارجية|طالع أيضًا|قراءة متعمقة
ar الهوامش|المصادر والمراجع|مراجع ومصادر|المراجع والمصادر|ببليوغرافيا|معرض الصور|استشهادات
hi सन्दर्भ|संदर्भ|बाहरी कड़ियाँ|बाहरी कड़ियां|इन्हें भी देखें|यह भी देखें|टिप्पणियाँ|टिप्पणी|स्रोत|ग्रंथसूची|दीर्घा|अतिरिक्त पठन|चित्र दीर्घा
hi इन्हें भी देखे|यह भी देखिए|बाहरी कड़ी|सन्दर्भ ग्रन्थ|संदर्भ ग्रंथ|चित्रदीर्घा|टीका टिप्पणी|सन्दर्भ और टिप्पणियाँ|बाहरी लिंक
nl bronnen|externe links|zie ook|noten|literatuur|externe link|referenties|bronnen, noten en/of referenties|voetnoten|bibliografie
pl przypisy|linki zewnętrzne|bibliografia|zobacz też|uwagi|źródła|galeria|literatura
sv referenser|externa länkar|se även|källor|noter|litteratur|fotnoter|bilder|vidare läsning
uk примітки|посилання|джерела|література|див. також|бібліографія|галерея
ko 각주|참고 문헌|외부 링크|같이 보기|참고문헌|주석|출처|갤러리
tr kaynakça|dış bağlantılar|ayrıca bakınız|notlar|galeri|kaynaklar
vi tham khảo|liên kết ngoài|xem thêm|chú thích|ghi chú|thư mục
fa منابع|پیوند به بیرون|جستارهای وابسته|پانویس|یادداشت‌ها|نگارخانه
he הערות שוליים|קישורים חיצוניים|ראו גם|לקריאה נוספת|גלריה
cs reference|externí odkazy|související články|literatura|poznámky|galerie
"""
END_MATTER = frozenset(
    heading
    for line in _END_MATTER.strip().splitlines()
    for heading in line.split(" ", 1)[1].split("|")
)

_DISAMBIGUATION_TITLE = re.compile(
    r"\((?:disambiguation|begriffsklärung|homonymie|desambiguación|desambiguação|disambigua|значения|曖昧さ回避|消歧义|消歧義|"
    r"توضيح|बहुविकल्पी शब्द|बहुविकल्पी|doorverwijspagina|ujednoznacznienie|olika betydelser|значення|동음이의|anlam ayrımı|"
    r"định hướng|ابهام‌زدایی|פירושונים|rozcestník)\)$"
)
_DISAMBIGUATION_TEMPLATE = re.compile(
    r"\{\{\s*(?:disambig(?:uation|ua)?(?:[ -][^{}|]*)?|dab|hndis|geodis|numberdis|mathdab|schooldis|roaddis|shipindex|"
    r"letter-numbercombdisambig|[^{}|]+ disambiguation|begriffsklärung|homonymie|patronymes?|paronymie|toponymie|"
    r"desambiguaci[oó]n|desambig(?:uação)?(?:[ -][^{}|]*)?|неоднозначность|многозначность|неоднозначность[^{}|]*|список однофамильцев|"
    r"aimai|曖昧さ回避|人名の曖昧さ回避|地名の曖昧さ回避|同名の地名|[^{}|]*の曖昧さ回避|消歧[义義](?:页|頁)?|人名消歧[义義]|地名消歧[义義]|[^{}|]*消歧[义義]|"
    r"توضيح|صفحة توضيح|बहुविकल्पी(?: शब्द)?|बहुविकल्पी पृष्ठ|dp|doorverwijspagina|ujednoznacznienie|förgrening|gren|"
    r"неоднозначність|동음이의|anlam ayrımı|định hướng|ابهام‌زدایی|פירושונים|rozcestník)\s*(?:\||\}\})"
    r"|__DISAMBIG__",
    re.IGNORECASE,
)
# "#REDIRECT [[", in any language: #WEITERLEITUNG, #перенаправление, #重定向.
_REDIRECT = re.compile(
    r"^\s*#\s*[^\W\d_][^\s\[\]{}|]*(?:[ _][^\s\[\]{}|]+)?\s*:?\s*\[\[[^\[\]\n]+\]\]"
)


def is_redirect(wikitext):
    """True where the page only points to another one."""
    return _REDIRECT.match(wikitext) is not None


def is_disambiguation(title, wikitext):
    """True for a page that only lists the meanings of a word."""
    return (
        _DISAMBIGUATION_TITLE.search(title.lower()) is not None
        or _DISAMBIGUATION_TEMPLATE.search(wikitext) is not None
    )


def hidden_namespaces(site):
    """The namespaces, in lower case, whose links are no text in a siteinfo.Site: files, media and categories."""
    own = (
        site.namespaces.get(key, "") for key in (siteinfo.MEDIA, siteinfo.FILE, siteinfo.CATEGORY)
    )
    return frozenset(_FILE_NAMES + _CATEGORY_NAMES + [name.lower() for name in own if name])


def is_media_file(target):
    """True for the target of a link to a picture or sound by its name, whatever its namespace is called."""
    return _MEDIA_FILE.match(target) is not None
