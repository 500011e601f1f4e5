/**
 * Names as people in India write them in Latin letters, and as the same people write them in Devanagari: those whose
 * letters alone do not say it. `sharma शर्मा`, two words a name; several spellings of one stand one after the other, the
 * usual first.
 */
const NAMES = `
abdul अब्दुल  abhishek अभिषेक  aditi अदिति  aditya आदित्य  agarwal अग्रवाल  aggarwal अग्रवाल  ahmed अहमद  ahmad अहमद
ajay अजय  akash आकाश  akhtar अख़्तर  ali अली  alka अलका  amar अमर  amina अमीना  amit अमित  amita अमिता  amrita अमृता
anand आनंद  ananya अनन्या  anil अनिल  anita अनीता  anju अंजू  anjali अंजलि  ankit अंकित  ankita अंकिता  ansari अंसारी
anuradha अनुराधा  anushka अनुष्का  aparna अपर्णा  archana अर्चना  arjun अर्जुन  arora अरोड़ा  arti आरती  aarti आरती
arun अरुण  aruna अरुणा  arvind अरविंद  asha आशा  ashok अशोक  ashwini अश्विनी  asif आसिफ़  asma अस्मा  atul अतुल
avinash अविनाश  ayesha आयशा  aisha आयशा  babu बाबू  bai बाई  banerjee बनर्जी  bano बानो  basu बसु  begum बेगम
bhagwan भगवान  bharat भरत  bharat भारत  bharati भारती  bharti भारती  bhatia भाटिया  bhatt भट्ट  bhavna भावना
bose बोस  chandra चंद्र  chandra चंद्रा  chatterjee चटर्जी  chaudhary चौधरी  choudhary चौधरी  chaudhari चौधरी
chauhan चौहान  chavan चव्हाण  chhaya छाया  chopra चोपड़ा  das दास  datta दत्ता  dutta दत्ता  deepa दीपा  deepak दीपक
deepika दीपिका  desai देसाई  deshmukh देशमुख  deshpande देशपांडे  dev देव  devi देवी  dilip दिलीप  dinesh दिनेश
divya दिव्या  dubey दुबे  dwivedi द्विवेदी  fatima फ़ातिमा  fatima फातिमा  gandhi गांधी  ganesh गणेश  ganga गंगा
gaurav गौरव  gauri गौरी  gayatri गायत्री  geeta गीता  gita गीता  ghosh घोष  gill गिल  girish गिरीश  gopal गोपाल
govind गोविंद  gulab गुलाब  gupta गुप्ता  gyan ज्ञान  hari हरि  harish हरीश  hasan हसन  hassan हसन  hema हेमा
hemant हेमंत  husain हुसैन  hussain हुसैन  imran इमरान  indira इंदिरा  iqbal इक़बाल  irfan इरफ़ान  iyer अय्यर
jadhav जाधव  jagdish जगदीश  jain जैन  janki जानकी  jaspreet जसप्रीत  jaya जया  jayanti जयंती  jha झा  joshi जोशी
jyoti ज्योति  jyotsna ज्योत्स्ना  kailash कैलाश  kajal काजल  kalpana कल्पना  kamal कमल  kamala कमला  kamla कमला
kanta कांता  kapoor कपूर  kapil कपिल  karan करण  kaur कौर  kaushal कौशल  kaushalya कौशल्या  kavita कविता  khan ख़ान
khan खान  khanna खन्ना  khatoon ख़ातून  khatun ख़ातून  kiran किरण  komal कोमल  krishna कृष्णा  krishna कृष्ण
kulkarni कुलकर्णी  kumar कुमार  kumari कुमारी  kusum कुसुम  lakshman लक्ष्मण  lakshmi लक्ष्मी  laxmi लक्ष्मी
lal लाल  lalit ललित  lalita ललिता  lata लता  leela लीला  lila लीला  madan मदन  madhav माधव  madhu मधु  madhuri माधुरी
mahesh महेश  mahajan महाजन  malik मलिक  malhotra मल्होत्रा  mamta ममता  mangal मंगल  manish मनीष  manisha मनीषा
manju मंजू  manoj मनोज  maurya मौर्य  maya माया  meena मीना  mina मीना  meenakshi मीनाक्षी  meera मीरा  mira मीरा
mehra मेहरा  mehta मेहता  mishra मिश्रा  misra मिश्रा  mohammad मोहम्मद  mohammed मोहम्मद  muhammad मुहम्मद
mohan मोहन  mohit मोहित  mukherjee मुखर्जी  mukesh मुकेश  munni मुन्नी  murli मुरली  nagar नागर  naik नाइक  nair नायर
nanda नंदा  nandini नंदिनी  narayan नारायण  naresh नरेश  nasir नासिर  naveen नवीन  navin नवीन  neelam नीलम  neeraj नीरज
neha नेहा  nikhil निखिल  nirmala निर्मला  nisha निशा  nitin नितिन  noor नूर  om ओम  omprakash ओमप्रकाश  padma पद्मा
pal पाल  pandey पांडेय  pandey पांडे  pandit पंडित  parveen परवीन  parvati पार्वती  patel पटेल  pathak पाठक  patil पाटिल
pawan पवन  pillai पिल्लई  pooja पूजा  puja पूजा  poonam पूनम  prabha प्रभा  prabhu प्रभु  pradeep प्रदीप  prakash प्रकाश
pramod प्रमोद  prasad प्रसाद  prashant प्रशांत  pratibha प्रतिभा  praveen प्रवीण  prem प्रेम  preeti प्रीति  priti प्रीति
priya प्रिया  priyanka प्रियंका  purushottam पुरुषोत्तम  pushpa पुष्पा  radha राधा  raghav राघव  rahim रहीम  rahul राहुल
rai राय  raj राज  raja राजा  rajan राजन  rajendra राजेंद्र  rajesh राजेश  rajiv राजीव  rajeev राजीव  rajkumar राजकुमार
raju राजू  rakesh राकेश  ram राम  rama रमा  ramesh रमेश  rana राणा  rani रानी  ranjana रंजना  rao राव  rashmi रश्मि
rathore राठौर  rathod राठोड  ravi रवि  ravindra रवींद्र  reddy रेड्डी  rehman रहमान  rahman रहमान  rekha रेखा  renu रेणु
reshma रेशमा  ritu ऋतु  rizwan रिज़वान  rohan रोहन  rohit रोहित  roy रॉय  rukhsana रुख़साना  rukmini रुक्मिणी  sachin सचिन
sagar सागर  sahu साहू  saini सैनी  salim सलीम  salma सलमा  sandeep संदीप  sandip संदीप  sandhya संध्या  sangeeta संगीता
sangita संगीता  sanjay संजय  sanjeev संजीव  santosh संतोष  sapna सपना  saraswati सरस्वती  sarita सरिता  sarla सरला
saroj सरोज  satish सतीश  satya सत्य  savita सविता  savitri सावित्री  saxena सक्सेना  seema सीमा  sima सीमा  sen सेन
shabana शबाना  shabnam शबनम  shah शाह  shahid शाहिद  shaikh शेख़  sheikh शेख़  sheikh शेख  shakuntala शकुंतला  shanta शांता
shankar शंकर  shanti शांति  sharad शरद  sharma शर्मा  shashi शशि  sheela शीला  shila शीला  shetty शेट्टी  shilpa शिल्पा
shinde शिंदे  shiv शिव  shobha शोभा  shreya श्रेया  shukla शुक्ला  shukla शुक्ल  shweta श्वेता  shyam श्याम  siddiqui सिद्दीक़ी
singh सिंह  sinha सिन्हा  sita सीता  smita स्मिता  sneha स्नेहा  solanki सोलंकी  sonia सोनिया  soni सोनी  sonu सोनू
sridevi श्रीदेवी  srivastava श्रीवास्तव  shrivastava श्रीवास्तव  subhash सुभाष  sudha सुधा  sudhir सुधीर  sujata सुजाता
suman सुमन  sumit सुमित  sunil सुनील  sunita सुनीता  suraj सूरज  surekha सुरेखा  surendra सुरेंद्र  suresh सुरेश
sushila सुशीला  sushma सुषमा  swati स्वाति  tara तारा  thakur ठाकुर  thapa थापा  thomas थॉमस  tiwari तिवारी  tripathi त्रिपाठी
trivedi त्रिवेदी  tulsi तुलसी  uma उमा  umesh उमेश  upadhyay उपाध्याय  urmila उर्मिला  usha उषा  uday उदय  vandana वंदना
varma वर्मा  varsha वर्षा  vasant वसंत  veena वीणा  verma वर्मा  vidya विद्या  vijay विजय  vijaya विजया  vikas विकास
vikram विक्रम  vimal विमल  vimala विमला  vimla विमला  vinay विनय  vinod विनोद  vishal विशाल  vishnu विष्णु  vivek विवेक
yadav यादव  yash यश  yashoda यशोदा  yogesh योगेश  yusuf यूसुफ़  zahid ज़ाहिद  zakir ज़ाकिर  zarina ज़रीना  zubair ज़ुबैर
`;

const SPELLINGS: ReadonlyMap<string, readonly string[]> = read();

function read() {
  const spellings = new Map<string, string[]>();
  const words = NAMES.trim().split(/\s+/);
  for (let n = 0; n < words.length; n += 2) {
    const [latin = "", devanagari = ""] = words.slice(n, n + 2);
    spellings.set(latin, [...spellings.get(latin) ?? [], devanagari.normalize("NFC")]);
  }
  return spellings;
}

/** How a usual name is written in Devanagari, the usual spelling first; none where it is not known. @param word in small Latin letters */
export function usualSpellings(word: string): readonly string[] {
  return SPELLINGS.get(word) ?? [];
}
