-- The schema as it is now, for reading. The migrations lead to exactly this (a test proves it); databases are made by
-- them, never by this file.

create table schema_migrations (
    version integer primary key,
    name text not null,
    sha256 text not null,
    applied_at timestamptz not null default now()
);

-- Lower case, letter by letter, by the tables of Unicode 14 and whatever locale the database has: lower() leaves É as it
-- is under the locale C, and what it makes of a letter changes with the libraries of the operating system, while rows
-- keep what it once made.
create function folded(text) returns text language plpgsql immutable strict parallel safe as $$
begin
    if octet_length($1) = length($1) then
        return lower($1 collate "C");
    end if;
    return translate(lower($1 collate "C"),
        'ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮİĲĴĶĹĻĽĿŁŃŅŇŊŌŎŐŒŔŖŘŚŜŞŠŢŤŦŨŪŬŮŰŲŴŶŸŹŻŽƁƂƄƆƇƉƊ'
        'ƋƎƏƐƑƓƔƖƗƘƜƝƟƠƢƤƦƧƩƬƮƯƱƲƳƵƷƸƼǄǅǇǈǊǋǍǏǑǓǕǗǙǛǞǠǢǤǦǨǪǬǮǱǲǴǶǷǸǺǼǾȀȂȄȆȈȊȌȎȐȒȔȖȘȚȜȞȠȢȤȦȨȪȬȮȰȲȺȻȽȾɁɃɄɅɆɈɊɌɎ'
        'ͰͲͶͿΆΈΉΊΌΎΏΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΪΫϏϘϚϜϞϠϢϤϦϨϪϬϮϴϷϹϺϽϾϿЀЁЂЃЄЅІЇЈЉЊЋЌЍЎЏАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪ'
        'ЫЬЭЮЯѠѢѤѦѨѪѬѮѰѲѴѶѸѺѼѾҀҊҌҎҐҒҔҖҘҚҜҞҠҢҤҦҨҪҬҮҰҲҴҶҸҺҼҾӀӁӃӅӇӉӋӍӐӒӔӖӘӚӜӞӠӢӤӦӨӪӬӮӰӲӴӶӸӺӼӾԀԂԄԆԈԊԌԎԐԒԔԖԘԚԜԞԠԢԤ'
        'ԦԨԪԬԮԱԲԳԴԵԶԷԸԹԺԻԼԽԾԿՀՁՂՃՄՅՆՇՈՉՊՋՌՍՎՏՐՑՒՓՔՕՖႠႡႢႣႤႥႦႧႨႩႪႫႬႭႮႯႰႱႲႳႴႵႶႷႸႹႺႻႼႽႾႿჀჁჂჃჄჅჇჍᎠᎡᎢᎣᎤᎥᎦᎧᎨᎩᎪᎫᎬᎭᎮᎯᎰ'
        'ᎱᎲᎳᎴᎵᎶᎷᎸᎹᎺᎻᎼᎽᎾᎿᏀᏁᏂᏃᏄᏅᏆᏇᏈᏉᏊᏋᏌᏍᏎᏏᏐᏑᏒᏓᏔᏕᏖᏗᏘᏙᏚᏛᏜᏝᏞᏟᏠᏡᏢᏣᏤᏥᏦᏧᏨᏩᏪᏫᏬᏭᏮᏯᏰᏱᏲᏳᏴᏵᲐᲑᲒᲓᲔᲕᲖᲗᲘᲙᲚᲛᲜᲝᲞᲟᲠᲡᲢᲣᲤᲥᲦᲧᲨᲩᲪᲫᲬᲭᲮ'
        'ᲯᲰᲱᲲᲳᲴᲵᲶᲷᲸᲹᲺᲽᲾᲿḀḂḄḆḈḊḌḎḐḒḔḖḘḚḜḞḠḢḤḦḨḪḬḮḰḲḴḶḸḺḼḾṀṂṄṆṈṊṌṎṐṒṔṖṘṚṜṞṠṢṤṦṨṪṬṮṰṲṴṶṸṺṼṾẀẂẄẆẈẊẌẎẐẒẔẞẠẢẤẦẨẪẬẮẰ'
        'ẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸỺỼỾἈἉἊἋἌἍἎἏἘἙἚἛἜἝἨἩἪἫἬἭἮἯἸἹἺἻἼἽἾἿὈὉὊὋὌὍὙὛὝὟὨὩὪὫὬὭὮὯᾈᾉᾊᾋᾌᾍᾎᾏᾘᾙᾚᾛᾜ'
        'ᾝᾞᾟᾨᾩᾪᾫᾬᾭᾮᾯᾸᾹᾺΆᾼῈΈῊΉῌῘῙῚΊῨῩῪΎῬῸΌῺΏῼΩKÅℲⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩⅪⅫⅬⅭⅮⅯↃⒶⒷⒸⒹⒺⒻⒼⒽⒾⒿⓀⓁⓂⓃⓄⓅⓆⓇⓈⓉⓊⓋⓌⓍⓎⓏⰀⰁⰂⰃⰄⰅⰆⰇⰈⰉⰊⰋⰌⰍⰎⰏⰐⰑ'
        'ⰒⰓⰔⰕⰖⰗⰘⰙⰚⰛⰜⰝⰞⰟⰠⰡⰢⰣⰤⰥⰦⰧⰨⰩⰪⰫⰬⰭⰮⰯⱠⱢⱣⱤⱧⱩⱫⱭⱮⱯⱰⱲⱵⱾⱿⲀⲂⲄⲆⲈⲊⲌⲎⲐⲒⲔⲖⲘⲚⲜⲞⲠⲢⲤⲦⲨⲪⲬⲮⲰⲲⲴⲶⲸⲺⲼⲾⳀⳂⳄⳆⳈⳊⳌⳎⳐⳒⳔⳖⳘⳚⳜⳞⳠⳢⳫⳭⳲꙀꙂ'
        'ꙄꙆꙈꙊꙌꙎꙐꙒꙔꙖꙘꙚꙜꙞꙠꙢꙤꙦꙨꙪꙬꚀꚂꚄꚆꚈꚊꚌꚎꚐꚒꚔꚖꚘꚚꜢꜤꜦꜨꜪꜬꜮꜲꜴꜶꜸꜺꜼꜾꝀꝂꝄꝆꝈꝊꝌꝎꝐꝒꝔꝖꝘꝚꝜꝞꝠꝢꝤꝦꝨꝪꝬꝮꝹꝻꝽꝾꞀꞂꞄꞆꞋꞍꞐꞒꞖꞘꞚꞜꞞꞠꞢꞤꞦꞨꞪꞫꞬꞭꞮ'
        'ꞰꞱꞲꞳꞴꞶꞸꞺꞼꞾꟀꟂꟄꟅꟆꟇꟉꟐꟖꟘꟵＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ𐐀𐐁𐐂𐐃𐐄𐐅𐐆𐐇𐐈𐐉𐐊𐐋𐐌𐐍𐐎𐐏𐐐𐐑𐐒𐐓𐐔𐐕𐐖𐐗𐐘𐐙𐐚𐐛𐐜𐐝𐐞𐐟𐐠𐐡𐐢𐐣𐐤𐐥𐐦𐐧𐒰𐒱𐒲𐒳𐒴𐒵𐒶𐒷𐒸𐒹𐒺𐒻𐒼'
        '𐒽𐒾𐒿𐓀𐓁𐓂𐓃𐓄𐓅𐓆𐓇𐓈𐓉𐓊𐓋𐓌𐓍𐓎𐓏𐓐𐓑𐓒𐓓𐕰𐕱𐕲𐕳𐕴𐕵𐕶𐕷𐕸𐕹𐕺𐕼𐕽𐕾𐕿𐖀𐖁𐖂𐖃𐖄𐖅𐖆𐖇𐖈𐖉𐖊𐖌𐖍𐖎𐖏𐖐𐖑𐖒𐖔𐖕𐲀𐲁𐲂𐲃𐲄𐲅𐲆𐲇𐲈𐲉𐲊𐲋𐲌𐲍𐲎𐲏𐲐𐲑𐲒𐲓𐲔𐲕𐲖𐲗𐲘𐲙𐲚𐲛𐲜𐲝𐲞𐲟𐲠𐲡𐲢𐲣𐲤𐲥𐲦𐲧𐲨𐲩'
        '𐲪𐲫𐲬𐲭𐲮𐲯𐲰𐲱𐲲𑢠𑢡𑢢𑢣𑢤𑢥𑢦𑢧𑢨𑢩𑢪𑢫𑢬𑢭𑢮𑢯𑢰𑢱𑢲𑢳𑢴𑢵𑢶𑢷𑢸𑢹𑢺𑢻𑢼𑢽𑢾𑢿𖹀𖹁𖹂𖹃𖹄𖹅𖹆𖹇𖹈𖹉𖹊𖹋𖹌𖹍𖹎𖹏𖹐𖹑𖹒𖹓𖹔𖹕𖹖𖹗𖹘𖹙𖹚𖹛𖹜𖹝𖹞𖹟𞤀𞤁𞤂𞤃𞤄𞤅𞤆𞤇𞤈𞤉𞤊𞤋𞤌𞤍𞤎𞤏𞤐𞤑𞤒𞤓𞤔𞤕𞤖𞤗𞤘𞤙𞤚'
        '𞤛𞤜𞤝𞤞𞤟𞤠𞤡',
        'àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįiĳĵķĺļľŀłńņňŋōŏőœŕŗřśŝşšţťŧũūŭůűųŵŷÿźżžɓƃƅɔƈɖɗ'
        'ƌǝəɛƒɠɣɩɨƙɯɲɵơƣƥʀƨʃƭʈưʊʋƴƶʒƹƽǆǆǉǉǌǌǎǐǒǔǖǘǚǜǟǡǣǥǧǩǫǭǯǳǳǵƕƿǹǻǽǿȁȃȅȇȉȋȍȏȑȓȕȗșțȝȟƞȣȥȧȩȫȭȯȱȳⱥȼƚⱦɂƀʉʌɇɉɋɍɏ'
        'ͱͳͷϳάέήίόύώαβγδεζηθικλμνξοπρστυφχψωϊϋϗϙϛϝϟϡϣϥϧϩϫϭϯθϸϲϻͻͼͽѐёђѓєѕіїјљњћќѝўџабвгдежзийклмнопрстуфхцчшщъ'
        'ыьэюяѡѣѥѧѩѫѭѯѱѳѵѷѹѻѽѿҁҋҍҏґғҕҗҙқҝҟҡңҥҧҩҫҭүұҳҵҷҹһҽҿӏӂӄӆӈӊӌӎӑӓӕӗәӛӝӟӡӣӥӧөӫӭӯӱӳӵӷӹӻӽӿԁԃԅԇԉԋԍԏԑԓԕԗԙԛԝԟԡԣԥ'
        'ԧԩԫԭԯաբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆⴀⴁⴂⴃⴄⴅⴆⴇⴈⴉⴊⴋⴌⴍⴎⴏⴐⴑⴒⴓⴔⴕⴖⴗⴘⴙⴚⴛⴜⴝⴞⴟⴠⴡⴢⴣⴤⴥⴧⴭꭰꭱꭲꭳꭴꭵꭶꭷꭸꭹꭺꭻꭼꭽꭾꭿꮀ'
        'ꮁꮂꮃꮄꮅꮆꮇꮈꮉꮊꮋꮌꮍꮎꮏꮐꮑꮒꮓꮔꮕꮖꮗꮘꮙꮚꮛꮜꮝꮞꮟꮠꮡꮢꮣꮤꮥꮦꮧꮨꮩꮪꮫꮬꮭꮮꮯꮰꮱꮲꮳꮴꮵꮶꮷꮸꮹꮺꮻꮼꮽꮾꮿᏸᏹᏺᏻᏼᏽაბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხ'
        'ჯჰჱჲჳჴჵჶჷჸჹჺჽჾჿḁḃḅḇḉḋḍḏḑḓḕḗḙḛḝḟḡḣḥḧḩḫḭḯḱḳḵḷḹḻḽḿṁṃṅṇṉṋṍṏṑṓṕṗṙṛṝṟṡṣṥṧṩṫṭṯṱṳṵṷṹṻṽṿẁẃẅẇẉẋẍẏẑẓẕßạảấầẩẫậắằ'
        'ẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹỻỽỿἀἁἂἃἄἅἆἇἐἑἒἓἔἕἠἡἢἣἤἥἦἧἰἱἲἳἴἵἶἷὀὁὂὃὄὅὑὓὕὗὠὡὢὣὤὥὦὧᾀᾁᾂᾃᾄᾅᾆᾇᾐᾑᾒᾓᾔ'
        'ᾕᾖᾗᾠᾡᾢᾣᾤᾥᾦᾧᾰᾱὰάᾳὲέὴήῃῐῑὶίῠῡὺύῥὸόὼώῳωkåⅎⅰⅱⅲⅳⅴⅵⅶⅷⅸⅹⅺⅻⅼⅽⅾⅿↄⓐⓑⓒⓓⓔⓕⓖⓗⓘⓙⓚⓛⓜⓝⓞⓟⓠⓡⓢⓣⓤⓥⓦⓧⓨⓩⰰⰱⰲⰳⰴⰵⰶⰷⰸⰹⰺⰻⰼⰽⰾⰿⱀⱁ'
        'ⱂⱃⱄⱅⱆⱇⱈⱉⱊⱋⱌⱍⱎⱏⱐⱑⱒⱓⱔⱕⱖⱗⱘⱙⱚⱛⱜⱝⱞⱟⱡɫᵽɽⱨⱪⱬɑɱɐɒⱳⱶȿɀⲁⲃⲅⲇⲉⲋⲍⲏⲑⲓⲕⲗⲙⲛⲝⲟⲡⲣⲥⲧⲩⲫⲭⲯⲱⲳⲵⲷⲹⲻⲽⲿⳁⳃⳅⳇⳉⳋⳍⳏⳑⳓⳕⳗⳙⳛⳝⳟⳡⳣⳬⳮⳳꙁꙃ'
        'ꙅꙇꙉꙋꙍꙏꙑꙓꙕꙗꙙꙛꙝꙟꙡꙣꙥꙧꙩꙫꙭꚁꚃꚅꚇꚉꚋꚍꚏꚑꚓꚕꚗꚙꚛꜣꜥꜧꜩꜫꜭꜯꜳꜵꜷꜹꜻꜽꜿꝁꝃꝅꝇꝉꝋꝍꝏꝑꝓꝕꝗꝙꝛꝝꝟꝡꝣꝥꝧꝩꝫꝭꝯꝺꝼᵹꝿꞁꞃꞅꞇꞌɥꞑꞓꞗꞙꞛꞝꞟꞡꞣꞥꞧꞩɦɜɡɬɪ'
        'ʞʇʝꭓꞵꞷꞹꞻꞽꞿꟁꟃꞔʂᶎꟈꟊꟑꟗꟙꟶａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ𐐨𐐩𐐪𐐫𐐬𐐭𐐮𐐯𐐰𐐱𐐲𐐳𐐴𐐵𐐶𐐷𐐸𐐹𐐺𐐻𐐼𐐽𐐾𐐿𐑀𐑁𐑂𐑃𐑄𐑅𐑆𐑇𐑈𐑉𐑊𐑋𐑌𐑍𐑎𐑏𐓘𐓙𐓚𐓛𐓜𐓝𐓞𐓟𐓠𐓡𐓢𐓣𐓤'
        '𐓥𐓦𐓧𐓨𐓩𐓪𐓫𐓬𐓭𐓮𐓯𐓰𐓱𐓲𐓳𐓴𐓵𐓶𐓷𐓸𐓹𐓺𐓻𐖗𐖘𐖙𐖚𐖛𐖜𐖝𐖞𐖟𐖠𐖡𐖣𐖤𐖥𐖦𐖧𐖨𐖩𐖪𐖫𐖬𐖭𐖮𐖯𐖰𐖱𐖳𐖴𐖵𐖶𐖷𐖸𐖹𐖻𐖼𐳀𐳁𐳂𐳃𐳄𐳅𐳆𐳇𐳈𐳉𐳊𐳋𐳌𐳍𐳎𐳏𐳐𐳑𐳒𐳓𐳔𐳕𐳖𐳗𐳘𐳙𐳚𐳛𐳜𐳝𐳞𐳟𐳠𐳡𐳢𐳣𐳤𐳥𐳦𐳧𐳨𐳩'
        '𐳪𐳫𐳬𐳭𐳮𐳯𐳰𐳱𐳲𑣀𑣁𑣂𑣃𑣄𑣅𑣆𑣇𑣈𑣉𑣊𑣋𑣌𑣍𑣎𑣏𑣐𑣑𑣒𑣓𑣔𑣕𑣖𑣗𑣘𑣙𑣚𑣛𑣜𑣝𑣞𑣟𖹠𖹡𖹢𖹣𖹤𖹥𖹦𖹧𖹨𖹩𖹪𖹫𖹬𖹭𖹮𖹯𖹰𖹱𖹲𖹳𖹴𖹵𖹶𖹷𖹸𖹹𖹺𖹻𖹼𖹽𖹾𖹿𞤢𞤣𞤤𞤥𞤦𞤧𞤨𞤩𞤪𞤫𞤬𞤭𞤮𞤯𞤰𞤱𞤲𞤳𞤴𞤵𞤶𞤷𞤸𞤹𞤺𞤻𞤼'
        '𞤽𞤾𞤿𞥀𞥁𞥂𞥃');
end $$;

-- What a user is found by (user_domain/value_objects/search_words.py): the words of the name, the address, its domain,
-- the number, and the parts of all these. No parser of text search looks at them. A name is cut where one word of it
-- could be longer than a lexeme can be; names of today are shorter.
create function search_lexemes(name text, email text, mobile text) returns tsvector
    language plpgsql immutable strict parallel safe as $$
declare
    spaces constant text := e'\t\n\x0b\f\r\x1c\x1d\x1e\x1f\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005'
        '\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000';
    marks constant text := e'!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~\u2010\u2011\u2012\u2013\u2014\u2018\u2019';
    whole constant text := translate(left(name, 500), spaces, repeat(' ', length(spaces)))
        || ' ' || email || ' ' || mobile;
    parts constant text := translate(whole, marks, repeat(' ', length(marks)));
begin
    return array_to_tsvector(array_remove(
        string_to_array(whole || ' ' || split_part(email, '@', 2) || ' ' || parts, ' '), ''));
end $$;

create table users (
    -- integer, not bigint: clients in production read 32 bits. By default, not always: imported users keep theirs.
    id integer generated by default as identity primary key,
    name text not null,
    email text collate "C" not null constraint users_email_key unique,
    mobile text not null,
    locale text,
    role text not null constraint users_role_check check (role in ('user', 'admin')),
    created_at timestamptz not null,
    updated_at timestamptz not null,
    email_verified_at timestamptz,
    last_login_at timestamptz, -- the release before this one writes it; see user_activity
    -- How an account stands is derived from these facts, so nothing depends on a job having run.
    blocked_at timestamptz,
    blocked_by integer,
    blocked_reason text,
    suspended_at timestamptz,
    suspended_by integer,
    suspended_reason text,
    suspended_until timestamptz,
    version integer not null,
    pending_email text collate "C",
    password_reset_required_at timestamptz,
    search tsvector generated always as (search_lexemes(folded(name), folded(email), mobile)) stored
) with (fillfactor = 90); -- room on the page keeps the indexes out of most changes

-- The list of users: sorted by when they came, and those who are looked for.
create index users_by_created_at on users (created_at, id);
create index users_search on users using gin (search) with (fastupdate = off);
create index users_shut on users (id) where blocked_at is not null or suspended_at is not null;
create index users_unverified on users (id) where email_verified_at is null;
create index users_admins on users (id) where role = 'admin';

-- When people were there, apart from users: a login writes two small rows, and none of the indexes of a wide one.
create table user_activity (
    user_id integer primary key references users (id) on delete cascade,
    -- '-infinity': never
    last_login_at timestamptz not null default '-infinity',
    -- The last day they were there, in STATS_TIMEZONE; whoever sets it to a later one counts the person for that day.
    active_on date not null default '-infinity'
) with (fillfactor = 90);

create index user_activity_by_last_login on user_activity (last_login_at, user_id);

create function add_user_activity() returns trigger language plpgsql as $$
begin
    insert into user_activity (user_id) select id from added on conflict do nothing;
    return null;
end $$;
create trigger users_add_activity after insert on users
    referencing new table as added for each statement execute function add_user_activity();

-- For the release before this one; a later one drops it with the column.
create function follow_last_login() returns trigger language plpgsql as $$
begin
    update user_activity set last_login_at = new.last_login_at
     where user_id = new.id and last_login_at < new.last_login_at;
    return null;
end $$;
create trigger users_follow_last_login after update of last_login_at on users
    for each row when (new.last_login_at is distinct from old.last_login_at) execute function follow_last_login();

-- Apart from users, so that the row every request reads holds no secret.
create table passwords (
    user_id integer primary key references users (id) on delete cascade,
    hash text not null,
    changed_at timestamptz not null
);

create table sessions (
    id bigint generated by default as identity primary key,
    handle uuid not null constraint sessions_handle_key unique,
    user_id integer not null references users (id) on delete cascade,
    started_at timestamptz not null,
    last_seen_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz,
    end_reason text,
    ip_address inet,
    user_agent text,
    -- Which refresh token of the session is the current one, and since when. Nothing secret: tokens are derived.
    refresh_generation integer not null default 0,
    refreshed_at timestamptz not null,
    -- When to look whether it is over; null: it was found to be. A refresh leaves it alone, and with it its index. By
    -- default at once, for what the release before this one starts.
    lapses_at timestamptz default 'epoch'
) with (fillfactor = 85); -- room on the page keeps the indexes out of it when a session is refreshed or seen

create index sessions_live_by_user on sessions (user_id) where ended_at is null;

-- Is this device or network new to the account? And pages of all sessions that somebody had.
create index sessions_of_user on sessions (user_id, id);

-- What has lapsed long ago? When a session started never changes, so that a refresh has no index to write.
create index sessions_unended on sessions (started_at) where ended_at is null;

-- What was taken back lately? Other services ask every second.
create index sessions_ended on sessions (ended_at, handle) where ended_at is not null;
create index users_cut_off on users (greatest(blocked_at, suspended_at, password_reset_required_at), id)
 where greatest(blocked_at, suspended_at, password_reset_required_at) is not null;

-- What admins did to how accounts stand; how one stands now is in users.
create table status_changes (
    -- In order: whoever adds a change holds the lock of the user's row.
    id bigint generated by default as identity primary key,
    user_id integer not null references users (id) on delete cascade,
    status text not null,
    since timestamptz not null,
    until timestamptz,
    -- No foreign key: what an admin did outlives the admin.
    changed_by integer,
    reason text
);

create index status_changes_by_user on status_changes (user_id, id);
-- Which sessions may be over by now? Only their number is at stake.
create index sessions_lapsing on sessions (lapses_at) where ended_at is null and lapses_at is not null;

-- How many suspensions hold now? They lift themselves, so no number that is kept could tell.
create index users_suspended on users (suspended_until) include (email_verified_at)
 where suspended_at is not null and blocked_at is null;

create table one_time_tokens (
    id uuid primary key,
    purpose text not null,
    user_id integer not null references users (id) on delete cascade,
    email text collate "C" not null,
    -- SHA-256 of the token. The token itself is derived from the id when it is mailed, and stored nowhere.
    digest bytea not null constraint one_time_tokens_digest_key unique,
    issued_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    voided_at timestamptz
);

create index one_time_tokens_by_user on one_time_tokens (user_id, purpose);

-- An address that a change can be undone to stays reserved.
create index one_time_tokens_reserved_emails on one_time_tokens (email)
 where purpose = 'undo-email-change' and used_at is null and voided_at is null;

create index one_time_tokens_by_expiry on one_time_tokens (expires_at);

create table outgoing_mails (
    id uuid primary key,
    kind text not null,
    recipient text collate "C" not null,
    -- Null: whoever has the address, looked up when the mail is sent.
    user_id integer references users (id) on delete cascade,
    token_ids uuid[] not null,
    occurred_at timestamptz not null,
    ip_address inet,
    user_agent text,
    request_id text,
    attempts integer not null default 0,
    -- When it is due; for whoever has taken it, until when it is theirs.
    next_attempt_at timestamptz not null,
    dead_at timestamptz,
    error text
);

create index outgoing_mails_due on outgoing_mails (next_attempt_at) where dead_at is null;
create index outgoing_mails_by_user on outgoing_mails (user_id);
create index outgoing_mails_dead on outgoing_mails (dead_at) where dead_at is not null;

create table cool_downs (
    -- HMAC of what it is about.
    key bytea primary key,
    until timestamptz not null
);

create index cool_downs_by_end on cool_downs (until);

create table signing_keys (
    -- RFC 7638 thumbprint of the public key; `kid` in tokens and in the published set.
    kid text collate "C" primary key,
    algorithm text not null,
    created_at timestamptz not null,
    activates_at timestamptz not null,
    retires_at timestamptz not null,
    public_jwk text not null,
    -- Sealed with a key that is derived from MASTER_KEY, which is not in the database.
    sealed_private_key bytea not null
);

create sequence audit_entries_id_seq as bigint;

create table audit_entries (
    -- A sequence, not an identity column: PostgreSQL 16 has none on partitioned tables.
    id bigint not null default nextval('audit_entries_id_seq'),
    at timestamptz not null,
    action text not null,
    -- No foreign keys: an entry outlives the people it names.
    actor_id integer,
    target_id integer,
    ip_address inet,
    user_agent text,
    request_id text,
    reason text,
    changes jsonb,
    primary key (id, at)
) partition by range (at);

alter sequence audit_entries_id_seq owned by audit_entries.id;

-- Who tried to log in to this account lately?
create index audit_entries_login_attempts on audit_entries (target_id, at, id)
 where action in ('session:login:success', 'session:login:failure', 'session:login:denied');

-- Months are created ahead (partitions.py); an entry whose month is missing is kept here rather than refused.
create table audit_entries_default partition of audit_entries default;

-- Statistics: whatever happens leaves a delta, by triggers, so that no way to write can forget it; the worker adds them
-- up. A number is the sum of both. The bucket is a quarter of an hour, of which days are made in every time zone; for
-- active_users it is the day itself; for what stands rather than happens, -infinity.
create table stat_deltas (
    id bigint generated always as identity primary key,
    metric text not null,
    bucket timestamptz not null,
    amount integer not null
);

create table stat_totals (
    metric text not null,
    bucket timestamptz not null,
    amount bigint not null,
    primary key (metric, bucket)
);

-- With the rights of whoever migrates, here and below, so that whoever may write what is counted needs none on these.
create function count_users() returns trigger language plpgsql
    security definer set search_path = public, pg_temp as $$
begin
    insert into stat_deltas (metric, bucket, amount)
    select metric, '-infinity', case tg_op when 'INSERT' then n.amount else -n.amount end
      from (select count(*) as users,
                   count(*) filter (where role = 'admin') as admins,
                   count(email_verified_at) as verified,
                   count(blocked_at) as blocked,
                   count(*) filter (where blocked_at is null and email_verified_at is null) as open_unverified
              from changed) c
     cross join lateral (values ('users', c.users), ('admins', c.admins), ('verified', c.verified),
                                ('blocked', c.blocked), ('open_unverified', c.open_unverified)) n (metric, amount)
     where n.amount > 0;
    if tg_op = 'INSERT' then
        insert into stat_deltas (metric, bucket, amount)
        select 'registrations', date_bin('15 minutes', created_at, 'epoch'), count(*) from changed group by 2;
    end if;
    return null;
end $$;
create trigger users_count_added after insert on users
    referencing new table as changed for each statement execute function count_users();
create trigger users_count_removed after delete on users
    referencing old table as changed for each statement execute function count_users();

create function count_changed_user() returns trigger language plpgsql
    security definer set search_path = public, pg_temp as $$
begin
    insert into stat_deltas (metric, bucket, amount)
    select metric, '-infinity', amount
      from (values ('admins', (new.role = 'admin')::integer - (old.role = 'admin')::integer),
                   ('verified', (new.email_verified_at is not null)::integer
                                - (old.email_verified_at is not null)::integer),
                   ('blocked', (new.blocked_at is not null)::integer - (old.blocked_at is not null)::integer),
                   ('open_unverified', (new.blocked_at is null and new.email_verified_at is null)::integer
                                       - (old.blocked_at is null and old.email_verified_at is null)::integer)
           ) n (metric, amount)
     where amount <> 0;
    return null;
end $$;
create trigger users_count_changed after update of role, email_verified_at, blocked_at on users
    for each row when (new.role <> old.role or (new.email_verified_at is null) <> (old.email_verified_at is null)
                       or (new.blocked_at is null) <> (old.blocked_at is null))
    execute function count_changed_user();

-- A session counts as active until it is ended or found to be over.
create function count_sessions() returns trigger language plpgsql
    security definer set search_path = public, pg_temp as $$
begin
    insert into stat_deltas (metric, bucket, amount)
    select 'active_sessions', '-infinity', case tg_op when 'INSERT' then count(*) else -count(*) end
      from changed where ended_at is null and lapses_at is not null having count(*) > 0;
    if tg_op = 'INSERT' then
        insert into stat_deltas (metric, bucket, amount)
        select 'logins', date_bin('15 minutes', started_at, 'epoch'), count(*) from changed group by 2;
    end if;
    return null;
end $$;
create trigger sessions_count_added after insert on sessions
    referencing new table as changed for each statement execute function count_sessions();
create trigger sessions_count_removed after delete on sessions
    referencing old table as changed for each statement execute function count_sessions();

create function count_changed_session() returns trigger language plpgsql
    security definer set search_path = public, pg_temp as $$
begin
    insert into stat_deltas (metric, bucket, amount)
    values ('active_sessions', '-infinity',
            case when new.ended_at is null and new.lapses_at is not null then 1 else -1 end);
    return null;
end $$;
create trigger sessions_count_changed after update of ended_at, lapses_at on sessions
    for each row when ((new.ended_at is null and new.lapses_at is not null)
                       <> (old.ended_at is null and old.lapses_at is not null))
    execute function count_changed_session();

create function count_active_user() returns trigger language plpgsql
    security definer set search_path = public, pg_temp as $$
begin
    insert into stat_deltas (metric, bucket, amount)
    values ('active_users', new.active_on::timestamp at time zone 'UTC', 1);
    return null;
end $$;
create trigger user_activity_count_active after update of active_on on user_activity
    for each row when (new.active_on > old.active_on) execute function count_active_user();

create function count_failed_login() returns trigger language plpgsql
    security definer set search_path = public, pg_temp as $$
begin
    insert into stat_deltas (metric, bucket, amount)
    values ('failed_logins', date_bin('15 minutes', new.at, 'epoch'), 1);
    return null;
end $$;
create trigger audit_entries_count_failed_login after insert on audit_entries
    for each row when (new.action in ('session:login:failure', 'session:login:denied'))
    execute function count_failed_login();
