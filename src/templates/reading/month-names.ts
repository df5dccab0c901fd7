/*
 * Names of months, long and short, also as they stand within a date, in the languages of CLDR. A list
 * and not Intl: it is at hand at once, and readings do not change with the version of ICU.
 */
const NAMES = [
  // 1
  `
    ean eanair ene enero gen gener gennaio genver ian ianuarie ion ionawr jaan jaanuar jan janaayo
    janairu janar janeiro jannaayo jannar janner januar januara januari januarie january januwari janv
    janvaris janvier janyuwari jen jenuwari led leden ledna oca ocak sausio sausis sij sijecanj sijecnja
    sty styczen stycznia tammi tammikuu tammikuuta urt urtarrila xan xaneiro yan yanvar yanwar ιαν
    ιανουαριου сту студзень студзеня січ січень січня янв январ январь января януари јан јануар јануари
    қаң қаңтар հնվ հունվար հունվարի ינו ינואר جانفي جنوري جنوری يناير ژانویه ژانویهٔ जन जनवरी जाने
    जानेवारी জানু জানুয়ারি জানুৱাৰী ਜਨ ਜਨਵਰੀ જાન્યુ જાન્યુઆરી ଜାନୁଆରୀ ஜன ஜனவரி జన జనవరి ಜನ ಜನವರಿ ജനു
    ജനുവരി දුරුතු ม.ค มกราคม ມ.ກ ມັງກອນ ဇန် ဇန်နဝါရီ იან იანვარი ጃን ጃንዋሪ ጥሪ មករា 一月
  `,
  // 2
  `
    chw chwef chwefror cʼhwe cʼhwevrer fab faburairu feabh feabhra feb febbraio febr febraayo febreiro
    febrer febrero februar februara februari februarie februaris february februwari fev fevereiro fevr
    fevral fevrier few fewral fra frar helmi helmikuu helmikuuta lut lutego luty ots otsaila peb pebrero
    shk shkurt sub subat uno unor unora vasario vasaris veebr veebruar velj veljaca veljace φεβ
    φεβρουαριου ақп ақпан лют лютага лютии лютого люты феб фебруар фев февр феврал февраль февраля
    февруари փետրվար փետրվարի փտվ פבר פברואר شباط فبراير فبروري فروری فوریه فوریهٔ فيبروري فيفري فېبروري
    फ़र फ़रवरी फेब्रु फेब्रुअरी फेब्रुवारी ফেব ফেব্রুয়ারি ফেব্ৰু ফেব্ৰুৱাৰী ਫ਼ਰ ਫ਼ਰਵਰੀ ફેબ્રુ ફેબ્રુઆરી
    ଫେବୃଆରୀ பிப் பிப்ரவரி ఫిబ్ర ఫిబ్రవరి ಫೆಬ್ರ ಫೆಬ್ರವರಿ ഫെബ്രു ഫെബ്രുവരി නවම් ก.พ กุมภาพันธ์ ກ.ພ ກຸມພາ
    ဖေ ဖေဖော်ဝါရီ თებ თებერვალი ለካ ለካቲት ፌብ ፌብሩዋሪ កុម្ភៈ 二月
  `,
  // 3
  `
    bre brezen brezna kovas kovo maa maachi maalis maaliskuu maaliskuuta maarso maart mac machi maerz
    mar marc marca march marcius marco marec maret maris mars marso mart marta martie marts martxoa marz
    marzec marzo marzu mas mashi mat matshi maw mawrth meur meurzh mrt ozu ozujak ozujka μαρ μαρτιου бер
    березень березня мар март марта нау наурыз сак сакавік сакавіка մարտ մարտի մրտ מרץ آذار مارس مارچ
    मार्च মার্চ মাৰ্চ ਮਾਰਚ માર્ચ ମାର୍ଚ୍ଚ மார் மார்ச் మార్చి ಮಾರ್ಚ್ മാർ മാർച്ച് මැදින් มี.ค มีนาคม ມ.ນ
    ມີນາ မတ် მარ მარტი መጋ መጋቢት ማርች មីនា 三月
  `,
  // 4
  `
    abr abrell abriil abril afi afirilu aib aibrean api apirila apr aprel april aprila aprile aprili
    aprilie aprilis aprill avr avril balandis balandzio dub duben dubna d’abr d’abril ebr ebrel ebrill
    eph ephreli epr epreel epreli huhti huhtikuu huhtikuuta kwi kwiecien kwietnia nis nisan pri prill
    tra travanj travnja απρ απριλιου апр апрел апрель апреля април квіт квітень квітня кра красавік
    красавіка сәу сәуір ապր ապրիլ ապրիլի אפר אפריל آوریل أبريل أفريل إبريل اپريل اپریل نيسان अप्रिल
    अप्रैल एप्रि एप्रिल এপ্রি এপ্রিল এপ্ৰিল ਅਪ੍ਰੈ ਅਪ੍ਰੈਲ એપ્રિલ ଅପ୍ରେଲ ஏப் ஏப்ரல் ఏప్రి ఏప్రిల్ ಏಪ್ರಿ
    ಏಪ್ರಿಲ್ ഏപ്രി ഏപ്രിൽ බක් เม.ย เมษายน ມ.ສ ເມສາ ဧ ဧပြီ აპრ აპრილი ሚያ ሚያዝያ ኤፕሪ ኤፕሪል មេសា 四月
  `,
  // 5
  `
    beal bealtaine geguze geguzes kve kveten kvetna maayo mag maggio mai maiatza maig maijs maio maj
    maja majus may mayo mayu mayıs mee mei mej mejju mey meyi svi svibanj svibnja touko toukokuu
    toukokuuta μαι μαιου маи мам мамыр мая мај трав травень травня մայիս մայիսի մյս מאי أيار مئي مئی ماي
    مايو مه مهٔ مۍ मई मे মে ਮਈ મે ମଇ மே మే ಮೇ മേയ് වෙසක් พ.ค พฤษภาคม ພ.ພ ພຶດສະພາ မေ მაი მაისი ሜይ ጉንበት ግን
    ឧសភា 五月
  `,
  // 6
  `
    birzelio birzelis cerven cervna cvn cze czerwca czerwiec eka ekaina giu giugno gun gunju haz haziran
    hun hunyo iun iunie iyn iyun juin jun juna june junho juni junie junij junijs junio junius juny juu
    juun juuni kesa kesakuu kesakuuta lipanj lipnja meh mehefin meith meitheamh mezh mezheven qer
    qershor xuno yun yuni ιουν ιουνιου июн июнь июня мау маусым черв червень червня чэр чэрвень чэрвеня
    юни јун јуни հնս հունիս հունիսի יוני جوان جون حزيران يونيو ژوئن जुन जून জুন ਜੂਨ જૂન ଜୁନ ஜூன் జూన్
    ಜೂನ್ ജൂൺ පොසොන් มิ.ย มิถุนายน ມິ.ຖ ມິຖຸນາ ဇွန် ივნ ივნისი ሰነ ጁን មិថុនា 六月
  `,
  // 7
  `
    cervence cervenec cvc gor gorff gorffennaf goue gouere heina heinakuu heinakuuta hul hulyo iuil iul
    iulie iyl iyul juil juill juillet jul jula julai julayi julho juli julie julij julijs julio juliol
    julius july juuli korr korrik liepa liepos lipca lipiec lug luglio lul lulju luulyo srpanj srpnja
    tem temmuz uzt uztaila xul xullo yul yuli ιουλ ιουλιου июл июль июля лип липень липня ліп ліпень
    ліпеня шіл шілде юли јул јули հլս հուլիս հուլիսի יולי تموز جولاءِ جولائی جولای جويلية يوليو يوليوز
    ژوئیه ژوئیهٔ जुल जुलाई जुलै জুল জুলাই ਜੁਲਾ ਜੁਲਾਈ જુલાઈ ଜୁଲାଇ ஜூலை జులై ಜುಲೈ ജൂലൈ ඇසළ ก.ค กรกฎาคม ກ.ລ
    ກໍລະກົດ ဇူ ဇူလိုင် ივლ ივლისი ሓም ሓምለ ጁላይ កក្កដា 七月
  `,
  // 8
  `
    abu abuztua ag aga agasti ago agost agosti agosto agu agust agusta agustos agustus aout aug august
    augusta augusti augusts augustus augusztus avg avgust avq avqust awg awgust awst aww awwissu d’ag
    d’agost elo elokuu elokuuta eost gush gusht kol kolovoz kolovoza lun lunasa ogo ogoost ogos ogosto
    ogs rugpjucio rugpjutis sie sierpien sierpnia srpen srpna αυγ αυγουστου авг август августа жні
    жнівень жніуня серп серпень серпня там тамыз օգոստոս օգոստոսի օգս אוג אוגוסט آب آگسٽ أغسطس أغشت أوت
    اوت اګست اگست غشت अग अगस्ट अगस्त ऑग ऑगस्ट আগ আগষ্ট আগস্ট ਅਗ ਅਗਸਤ ઑગસ્ટ ଅଗଷ୍ଟ ஆக ஆகஸ்ட் ఆగ ఆగస్టు ಆಗ
    ಆಗಸ್ಟ್ ഓഗ ഓഗസ്റ്റ് නිකිණි ส.ค สิงหาคม ສ.ຫ ສິງຫາ ဩ ဩဂုတ် აგვ აგვისტო ነሓ ነሓሰ ኦገስ ኦገስት សីហា 八月
  `,
  // 9
  `
    eyl eylul gwen gwengolo ira iraila medi mfomh rugsejis rugsejo ruj rujan rujna satumba seb
    sebteembar sebtembar sen sentabr sentyabr sep sept septemba septembar september septembra septembre
    septembrie septembris septhemba septiembre septiyembre set setembre setembro settembre settembru
    setyembre sht shtator syys syyskuu syyskuuta szept szeptember wrz wrzesien wrzesnia zar zari σεπ
    σεπτεμβριου вер верасень верасня вересень вересня сен сент сентябр сентябрь сентября сеп септембар
    септември қыр қыркүиек սեպ սեպտեմբեր սեպտեմբերի ספט ספטמבר أيلول سبتمبر ستمبر سيپٽمبر سپتامبر سپتمبر
    سېپتمبر شتمبر شتنبر सप्टें सप्टेंबर सित सितंबर सेप्टेम्बर ছেপ্তে ছেপ্তেম্বৰ সেপ সেপ্ট সেপ্টেম্বর ਸਤੰ
    ਸਤੰਬਰ સપ્ટે સપ્ટેમ્બર ସେପ୍ଟେମ୍ବର செப் செப்டம்பர் సెప్టెం సెప్టెంబర్ ಸೆಪ್ಟೆಂ ಸೆಪ್ಟೆಂಬರ್ സെപ്റ്റം
    സെപ്റ്റംബർ බිනර ก.ย กันยายน ກ.ຍ ກັນຍາ စက် စက်တင်ဘာ სექ სექტემბერი መስ መስከረም ሴፕቴ ሴፕቴምበር កញ្ញា 九月
  `,
  // 10
  `
    dfomh d’oct d’octubre eki ekim here hyd hydref loka lokakuu lokakuuta oct october octobre octombrie
    octubre okt oktabr okthoba okthobha oktoba oktobar oktober oktobra oktobris oktoobar oktoober
    oktubre oktyabr ott ottobre ottubru out outubro paz pazdziernik pazdziernika rij rijen rijna spalio
    spalis tet tetor urr urria οκτ οκτωβριου жовт жовтень жовтня кас кастрычнік кастрычніка окт октобар
    октомври октябр октябрь октября қаз қазан հոկ հոկտեմբեր հոկտեմբերի אוק אוקטובר آڪٽوبر أكتوبر اکتبر
    اکتوبر अक्टू अक्टूबर अक्टोबर ऑक्टो ऑक्टोबर অক্টো অক্টোবর অক্টোবৰ ਅਕਤੂ ਅਕਤੂਬਰ ઑક્ટો ઑક્ટોબર ଅକ୍ଟୋବର
    அக் அக்டோபர் అక్టో అక్టోబర్ ಅಕ್ಟೋ ಅಕ್ಟೋಬರ್ ഒക്ടോ ഒക്‌ടോബർ වප් ต.ค ตุลาคม ຕ.ລ ຕຸລາ အောက် အောက်တိုဘာ
    ოქტ ოქტომბერი ኦክቶ ኦክቶበር ጥቅ ጥቅምቲ តុលា 十月
  `,
  // 11
  `
    aza azaroa du kas kasım lapkricio lapkritis listopadu marras marraskuu marraskuuta nen nentor nob
    nobyembre nof noiembrie noofeembar nov novemba novembar november novembra novembre novembris
    novembro novembru noviembre noy noyabr nuw nuwamba samh samhain stu studeni studenoga tach tachwedd
    νοε νοεμβριου лист листопад листопада ліс лістапад лістапада нов новембар ное ноември ноя нояб ноябр
    ноябрь ноября қар қараша նոյ նոյեմբեր նոյեմբերի נוב נובמבר نوامبر نوفمبر نومبر نونبر नव नवंबर
    नोभेम्बर नोव्हें नोव्हेंबर নভে নভেম্বর নৱে নৱেম্বৰ ਨਵੰ ਨਵੰਬਰ નવે નવેમ્બર ନଭେମ୍ବର நவ நவம்பர் నవం
    నవంబర్ ನವೆಂ ನವೆಂಬರ್ നവം നവംബർ ඉල් พ.ย พฤศจิกายน ພ.ຈ ພະຈິກ နို နိုဝင်ဘာ ნოე ნოემბერი ሕዳ ሕዳር ኖቬም ኖቬምበር
    វិច្ឆិកា 十一月
  `,
  // 12
  `
    abe abendua ara aralık dec decembar december decembra decembre decembrie decembris decembro dek
    dekabr des desemba desember desembre dets detsember dez dezember dezembro dhj dhjetor dic dicembre
    dicembru diciembre dis disamba diseembar disemba disember disyembre gru grudnia grudzien gruodis
    gruodzio joulu joulukuu joulukuuta kerzu kzu noll nollaig pro prosinac prosinca prosince prosinec
    rhag rhagfyr δεκ δεκεμβριου груд грудень грудня дек декабр декабрь декабря декември дец децембар жел
    желтоқсан сне снежань снежня դեկ դեկտեմբեր դեկտեմբերի דצמ דצמבר دجمبر دجنبر دسامبر دسمبر ديسمبر
    ڊسمبر डिसें डिसेंबर डिसेम्बर दिस दिसंबर ডিচে ডিচেম্বৰ ডিসে ডিসেম্বর ਦਸੰ ਦਸੰਬਰ ડિસે ડિસેમ્બર ଡିସେମ୍ବର
    டிச டிசம்பர் డిసెం డిసెంబర్ ಡಿಸೆಂ ಡಿಸೆಂಬರ್ ഡിസം ഡിസംബർ උඳුවප් ธ.ค ธันวาคม ທ.ວ ທັນວາ ဒီ ဒီဇင်ဘာ დეკ
    დეკემბერი ታሕ ታሕሳስ ዲሴም ዲሴምበር ធ្នូ 十二月
  `,
];

/** Names that mean different months in neighbouring languages. */
const BY_LANGUAGE: Record<string, Record<string, number>> = {
  cs: { listopad: 11, lis: 11, srp: 8 },
  pl: { listopad: 11, listopada: 11, lis: 11, lip: 7 },
  hr: { listopad: 10, listopada: 10, lis: 10, srp: 7, lip: 6 },
};

/** A word as it stands in a list: no capitals, no accents, no dots behind it. */
export function foldWord(word: string): string {
  const plain = word
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll(/[\u0300-\u036f]/g, '');
  const folded = plain.normalize('NFC');
  let end = folded.length;
  while (end > 0 && /[.'’׳״॰ʼ٫]/.test(folded.charAt(end - 1))) end -= 1;
  return folded.slice(0, end);
}

let monthByName: Map<string, number> | undefined;

function allMonths(): Map<string, number> {
  monthByName ??= new Map(
    NAMES.flatMap((names, index) =>
      names
        .trim()
        .split(/\s+/)
        .map((name): [string, number] => [name, index + 1]),
    ),
  );
  return monthByName;
}

/** The month from 1; undefined for no month; `several` where it depends on the language. */
export function monthOf(word: string, locale: string | undefined): number | 'several' | undefined {
  const name = foldWord(word);
  const language = locale?.split('-')[0] ?? '';
  const own = BY_LANGUAGE[language]?.[name];
  if (own !== undefined) return own;
  if (Object.values(BY_LANGUAGE).some((names) => Object.hasOwn(names, name))) return 'several';
  const months = allMonths();
  // Hebrew writes its "in" before the name, as one word.
  return months.get(name) ?? (name.startsWith('ב') ? months.get(name.slice(1)) : undefined);
}
