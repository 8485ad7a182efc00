# Copyright 2026 The BERT for TensorFlow 1 authors. Licensed under the Apache License 2.0.
"""Abbreviations and sentence starters by language, where sentence-splitter's own lists are not enough.

Each entry was added because a sentence was cut wrongly without it: this is no dictionary.
"""

import collections

Words = collections.namedtuple("Words", "never before_number may_end ambiguous starters ordinals")
Words.__doc__ = """What is known of the words of one language; each field but the last a frozenset of str, compared in lower case
except for starters.

never: abbreviations that end no sentence, such as titles. before_number: abbreviations if a number follows. may_end: end a
sentence if a capital follows ("etc."). ambiguous: end one only if a starter follows (Russian "г.": year or city).
starters: words that are capitalized only at the beginning of a sentence. ordinals: whether "3." and "II." mean third and second;
None: sentence-splitter decides.
"""


def _words(never="", before_number="", may_end="etc", ambiguous="", starters="", ordinals=False):
    return Words(
        frozenset(never.split()),
        frozenset(before_number.split()),
        frozenset(may_end.split()),
        frozenset(ambiguous.split()),
        frozenset(starters.split()),
        ordinals,
    )


_GERMAN_STARTERS = (
    "Der Die Das Den Dem Des Ein Eine Einen Einem Einer Eines Er Sie Es Wir Ich Ihr Ihre Ihren Ihrem Ihrer Sein Seine Seinen "
    "Seinem Seiner Dieser Diese Dieses Diesen Diesem Jene Jener Jedoch In Im Am An Auf Aus Bei Beim Bis Durch Für Gegen "
    "Mit Nach Ohne Seit Unter Über Um Von Vom Vor Während Wegen Zu Zum Zur Zwischen Aber Auch Als Da Dabei Dadurch Daher "
    "Damals Damit Danach Dann Dazu Denn Deshalb Doch Dort Ebenso Erst Heute Hier Hierbei Insgesamt Man Nachdem Neben Nicht "
    "Noch Nur Ob Obwohl Oder Schon Seitdem So Sobald Somit Später Trotz Und Viele Was Weil Weitere Wenn Wer Wie Wo Wobei "
    "Zunächst Zuvor Zusammen Außerdem Anschließend Allerdings Alle Bereits Einige Ferner Jede Jeder Kein Keine Laut "
    "Mehrere Niemand Schließlich Sowohl Zwar"
)
_RUSSIAN_STARTERS = (
    "А В Во Вот Все Всё Вскоре Вся Где Да Для До Его Ее Её Если Затем За Здесь И Из Или Именно Их К Как Когда Который Кроме "
    "Кто Ко Между Многие Мы На Над Не Несмотря Никто Но Ныне О Об Один Одна Однако Он Она Они Оно От Перед По Под Позже После "
    "Потом Поэтому При Про С Сам Сегодня Сейчас Сначала Со Среди Так Также Там Теперь Тогда То Тот Только Том Три Ты У Уже "
    "Хотя Через Что Чтобы Эта Эти Это Этот Эту Я Впоследствии Впервые Весь Всего Два Две Благодаря Помимо Согласно Спустя"
)
_FRENCH_STARTERS = (
    "Le La Les Un Une Des Du Il Elle Ils Elles On Ce Cet Cette Ces Son Sa Ses Leur Leurs En Dans À A Au Aux Avec Après Avant "
    "Pour Par Sur Sous Sans Selon Depuis Pendant Puis Mais Et Ou Où Si Quand Lorsque Comme Ainsi Alors Ensuite Enfin "
    "Aujourd'hui Plusieurs Tout Tous Toute Toutes Nous Vous Je Que Qui Chaque Certains Malgré Entre Dès Deux Trois"
)
_SPANISH_STARTERS = (
    "El La Los Las Un Una Unos Unas Lo En Por Para Con Sin Sobre Desde Durante Después Antes Según Su Sus Este Esta Estos "
    "Estas Ese Esa Aquel Aquella Él Ella Ellos Ellas Se Pero Y O Aunque Cuando Como Así También Entonces Luego Además Hoy "
    "Allí Aquí Entre Hacia Hasta Más Muchos Nadie No Sin Tras Todo Todos Al Del De A Es Era Fue Fueron Murió Nació Vivió Que"
)
_PORTUGUESE_STARTERS = (
    "O A Os As Um Uma Uns Umas No Na Nos Nas Em Por Para Com Sem Sobre Desde Durante Depois Antes Segundo Seu Sua Seus Suas "
    "Este Esta Esse Essa Isso Isto Aquele Aquela Ele Ela Eles Elas Mas E Ou Embora Quando Como Assim Também Então Além Hoje "
    "Quem Ali Aqui Entre Até Mais Muitos Ninguém Não Ao Aos À Às Do Da Dos Das De É Era Foi Foram Morreu Nasceu Apesar Após"
)
_ITALIAN_STARTERS = (
    "Il Lo La I Gli Le Un Uno Una Nel Nella Nei Negli Nelle In Per Con Da Dal Dalla Di Del Della Dei Su Sul Sulla Tra Fra A Al "
    "Alla Questo Questa Questi Queste Egli Lui Lei Essi Loro Si Ma E O Anche Quando Come Così Dopo Prima Durante Poi Oggi "
    "Nonostante Secondo Suo Sua Suoi Sue Molti Ogni È Era Fu Furono Non Che Chi Se"
)
_DUTCH_STARTERS = (
    "De Het Een Hij Zij Ze Wij We Ik Deze Dit Die Dat In Op Aan Bij Met Na Naar Van Voor Door Over Onder Tijdens Sinds Tot "
    "Uit Om Maar En Of Ook Als Toen Daarna Daar Hier Er Zijn Haar Hun Volgens Vanaf Tussen Veel Niemand Later Echter"
)
_POLISH_STARTERS = (
    "W We Z Ze Na Po Od Do Za O Przy Przez Pod Nad Dla Bez To Ten Ta Te Tym Jego Jej Ich On Ona Ono Oni One Był Była Było "
    "Byli Jest Są A I Ale Lub Oraz Jednak Gdy Kiedy Jako Jak Tak Także Również Potem Następnie Obecnie Później Wtedy Kto Co"
)

BY_LANGUAGE = {
    "de": _words(
        never="abb abt bez hbf gem landkr fa anm bd bde bzgl bzw ca chr co dipl div dr d.h ev evtl ing frl geb ggf gegr gest hl hr hrsg hl inkl jr kath kgl "
        "lfd lt nr nrn orig phil prof red ref sog sr st str stv tab tel univ v verb verh verw vgl vorm z.b zit zw "
        "rer nat jur theol habil dipl.-ing mag rd röm griech lat engl frz dt österr tsd insb insbes entspr ehem gen",
        before_number="art s kap bl nr abs f z ziff vol ed fig auf hauptstr",
        may_end="etc usw usf ff u.s.w",
        ambiguous="mio mrd med min max jan feb mär apr jun jul aug sep sept okt nov dez jh jhd jhs jahrh u.a u.ä o.ä a.d e.v n.chr v.chr mwst ag dgl dergl",
        starters=_GERMAN_STARTERS,
        ordinals=True,
    ),
    "en": _words(ordinals=None),
    "fr": _words(
        never="m mm mr mme mmes mlle mgr me st ste dr pr prof av apr cf env éd vol chap fig p pp p.ex ex art n no nº tél bd boul "
        "vs ca fl hab gal cdt lt col",
        before_number="janv févr juil sept oct nov déc t l s coll livr § al l’art l'art d’art",
        may_end="etc",
        ambiguous="j.-c j.c ap ibid suiv sq apr.j.-c av.j.-c",
        starters=_FRENCH_STARTERS,
    ),
    "es": _words(
        never="sr sra sres srta dr dra dres d dña da don prof profa lic ing arq gral cnel cap tte sto sta fr mons excmo excma ilmo "
        "ilma av avda núm núms pág págs pp p vol vols fig figs ed art arts cf aprox admón depto dpto ntra ntro ee ff p.ej ej s ss c "
        "ca tel hnos rr hh vs",
        before_number="ene feb abr jul ago sept oct nov dic cap km t l n no nos v",
        may_end="etc",
        ambiguous="uu a.c d.c a.de.c cía c.a s.a ltda ud uds vd",
        starters=_SPANISH_STARTERS,
    ),
    "pt": _words(
        never="sr sra srs sras srta dr dra drs dras prof profa profs eng enga arq gen cel cap maj ten sgt pe fr mons exmo exma "
        "ilmo ilma av r d dom st sto sta núm n n.º nº pág págs pp p fig figs ed art arts cf aprox dep dept vs séc sécs p.ex",
        before_number="jan fev abr jul ago set out nov dez vol vols t l v km c no",
        may_end="etc",
        ambiguous="a.c d.c ltda cia s.a b.a e.c",
        starters=_PORTUGUESE_STARTERS,
    ),
    "it": _words(
        never="sig sigg sig.ra sig.na dott dott.ssa prof prof.ssa ing avv arch geom on sen gen col cap ten mons don p s ss sto v vv "
        "cfr es fig figg pag pagg p pp vol voll art artt n nn ca circa ed tel max min c.so p.za p.es ad.es",
        before_number="cap sec",
        may_end="ecc etc",
        ambiguous="a.c d.c s.p.a s.r.l",
        starters=_ITALIAN_STARTERS,
    ),
    "nl": _words(
        never="dhr mevr mw drs dr ir ing mr prof st jhr nr nrs ca bv bijv blz p pp fig vgl red zgn resp incl excl o.a d.w.z i.p.v m.n "
        "m.b.t t.o.v gen kol kapt",
        before_number="art vol hfdst dl",
        may_end="etc enz",
        ambiguous="v.chr n.chr a.d e.d e.a n.v b.v",
        starters=_DUTCH_STARTERS,
    ),
    "pl": _words(
        never="dr prof hab inż mgr ks św bp abp gen płk kpt por ppor mjr np tzw tj m.in ok im ul al pl os godz nr str s ss t rys tab "
        "por zob wg ur zm pt ps r.p tzn właśc ang niem fr łac gr ros pol lek med",
        before_number="art ust pkt poz vol",
        may_end="itd itp etc",
        ordinals=None,
        ambiguous="r w n.e p.n.e tys mln mld zł wiek",
        starters=_POLISH_STARTERS,
    ),
    "cs": _words(
        never="ul nám tř mudr judr phdr rndr ing mgr bc doc prof dr sv tzv tj např č čp str s odst roč gen plk kpt p pí r okr kat lat "
        "něm angl franc řec pol rus",
        before_number="čl kap sv díl",
        may_end="atd apod aj atp",
        ambiguous="tis mil mld př.n.l n.l stol př.kr",
        starters="V Ve Na Po Od Do Za Pro Při S Se Z Ze K Ke O U A Ale I To Ten Ta Tento Tato Toto Tyto Jeho Její Jejich On Ona Byl "
        "Byla Bylo Byli Je Jsou Pak Potom Poté Když Kde Kdo Co Jak Jako Však Dnes Později Roku Během Podle Mezi",
        ordinals=None,
    ),
    "ru": _words(
        never="акад проф доц канд докт ген полк кап лейт им ул пл пр-т просп пер наб бул рис табл илл ср напр т.е т.н т.к св "
        "архиеп прп еп митр тов гр кн гос обл р-н оз о-в п-ов дер с пос пгт ок род ум англ нем фр франц лат греч итал исп польск укр "
        "рус яп кит араб др.-греч мл ст изд под ред худ реж д корп кв стр гл ч",
        before_number="янв февр апр авг сент окт нояб дек нач кон сер т с разд №№ п пп вып кн",
        may_end="т.д т.п пр",
        ambiguous="г гг в вв н.э тыс млн млрд руб коп км м см мм кг л га до.н.э др час мин сек чел экз р.х",
        starters=_RUSSIAN_STARTERS,
    ),
    "bg": _words(
        never="акад проф доц д-р инж г-н г-жа ген полк кап св ул бул пл им напр т.е т.нар срв вж фиг табл стр бр с гр обл "
        "общ ок род англ нем фр лат гр рус тел",
        before_number="т чл ал гл вол",
        may_end="т.н и.др др",
        ambiguous="г гг в вв хил млн млрд лв км м кг пр.хр сл.хр пр.н.е н.е",
        starters="А В Във Върху Да До Едва За Защо И Из Има Като Кой Когато Към Междувременно На Не Ние Но О Обаче От По Под "
        "Поради Пред През При С Със След Според Също Така Там Те Той Това То Тя Тази Този Тези Към Между Освен Днес Сега",
    ),
    "kk": _words(
        never="проф акад доц ген т.с.с мыс қ ул көш ж-б б-ша б.з.д",
        before_number="т б сур кест",
        may_end="т.б",
        ambiguous="ж жж ғ ғғ мың млн млрд км м кг б.з",
        starters="Ал Ол Олар Бұл Бұлар Осы Сол Мен Біз Сіз Кейін Содан Алайда Бірақ Және Сондықтан Қазіргі",
    ),
    "ar": _words(
        never="د أ م أ.د إ ج ص هـ ق ق.م م.م ت ط ش",
        before_number="رقم",
        may_end="إلخ الخ",
        ambiguous="",
    ),
    "fa": _words(never="د م ه ق ص ج ر.ک", may_end="غیره"),
}
