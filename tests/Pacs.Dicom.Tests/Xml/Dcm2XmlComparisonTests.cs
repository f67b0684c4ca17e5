using System.Buffers;
using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using Pacs.Dicom.Files;
using Pacs.Dicom.Xml;
using Pacs.TestKit;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;
using Xunit.Abstractions;
using CorpusFolder = Pacs.TestKit.Samples.Corpus;

namespace Pacs.Dicom.Tests.Xml;

/// <summary>The samples and the corpus as this library and as DCMTK's dcm2xml write the Native DICOM Model: the same but for what is listed here with its reason.</summary>
public sealed class Dcm2XmlComparisonTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Write_Samples_AreAsDcm2Xml()
    {
        using var folder = new TemporaryFolder();
        foreach (var sample in SampleObjects.OneOfEach())
        {
            var path = folder.File(sample.SopInstanceUid + ".dcm");
            await File.WriteAllBytesAsync(path, sample.ToPart10());
            Assert.Empty(await CompareAsync(path) ?? ["dcm2xml fails"]);
        }
    }

    [Fact]
    public async Task Write_EveryFileOfTheCorpus_IsAsDcm2Xml()
    {
        var differences = new List<string>();
        var compared = 0;
        foreach (var file in CorpusFolder.Files(output.WriteLine).Where(f => f.IsReadByDcmdump))
        {
            if (await CompareAsync(file.FullPath) is not { } found)
            {
                output.WriteLine($"{file}: dcm2xml fails, or writes what is no XML.");
                continue;
            }
            differences.AddRange(found.Select(d => $"{file}: {d}"));
            compared++;
        }
        output.WriteLine($"{compared} files compared.");
        Assert.True(differences.Count == 0, string.Join(Environment.NewLine, differences));
    }

    private static async Task<IReadOnlyList<string>?> CompareAsync(string path)
    {
        // In UTF-8, all values read, binary ones in Base64, without file meta information.
        var theirs = await ExternalProcess.RunAsync("dcm2xml", ["-q", "-nat", "+U8", "+M", "+Eb", path]);
        if (theirs.ExitCode != 0) return null;
        XDocument there;
        try
        {
            there = XDocument.Parse(theirs.Output);
        }
        catch (XmlException)
        {
            return null;
        }
        var ours = new ArrayBufferWriter<byte>();
        NativeModel.Write(ours, DicomFile.Open(path).Dataset, bulk => bulk.Path);
        var here = XDocument.Load(new MemoryStream(ours.WrittenSpan.ToArray()));
        return [.. Differences(here.Root!, there.Root!, "")];
    }

    private static IEnumerable<string> Differences(XElement a, XElement b, string path)
    {
        Dictionary<string, XElement> here = Attributes(a), there = Attributes(b);
        foreach (var name in here.Keys.Union(there.Keys).Order(StringComparer.Ordinal))
        {
            var at = path + name;
            // It says ISO_IR 192 also where there was no character set, or an empty one.
            if (name == "00080005") continue;
            if (!here.TryGetValue(name, out var x)) yield return $"{at} only there";
            else if (!there.TryGetValue(name, out var y)) yield return $"{at} only here";
            else foreach (var d in Attribute(x, y, at)) yield return d;
        }
    }

    private static IEnumerable<string> Attribute(XElement a, XElement b, string at)
    {
        string x = a.Attribute("vr")!.Value, y = b.Attribute("vr")!.Value;
        // DCMTK has a dictionary of private elements; here they are UN when Implicit VR does not tell.
        if (x == "UN" && y != "UN" && a.Attribute("privateCreator") is not null) yield break;
        if (x != y && !IsOctets(at, x, y)) yield return $"{at} vr {x} / {y}";
        // Its dictionary has no keywords for what is retired.
        if (b.Attribute("keyword") is { Value: var keyword } && (string?)a.Attribute("keyword") != keyword) yield return $"{at} keyword {a.Attribute("keyword")} / {keyword}";
        if (x == "SQ" && y == "SQ")
        {
            XElement[] items = [.. Named(a, "Item")], others = [.. Named(b, "Item")];
            if (items.Length != others.Length) yield return $"{at} items {items.Length} / {others.Length}";
            foreach (var (item, other) in items.Zip(others))
                foreach (var d in Differences(item, other, $"{at}[{(string?)item.Attribute("number")}].")) yield return d;
        }
        else if (!Named(a, "BulkData").Any() && Content(a) is var here && Content(b) is var there && here != there && !IsExpected(x, here, there))
        {
            yield return $"{at} {x} {Shown(here)} / {Shown(there)}";
        }
    }

    /// <summary>
    /// Implicit VR: PS3.5 §A.1 has waveform data as OW, dcm2xml takes what it says of 8 bits. Encapsulated pixel data that a file
    /// has as OW is told as it is, but by dcm2xml as it should be.
    /// </summary>
    private static bool IsOctets(string at, string here, string there) =>
        here == "OW" && there == "OB" && (at == "7FE00010" || at[^8..].StartsWith("5400", StringComparison.Ordinal));

    private static bool IsExpected(string vr, string here, string there) => vr switch
    {
        // Words are swapped to big endian; PS3.5, and so PS3.18 §F.2.7, has none other than little endian.
        "OW" => IsSwapped(here, there, 2),
        "OF" or "OL" => IsSwapped(here, there, 4),
        "OD" or "OV" => IsSwapped(here, there, 8),
        // A UN of odd length is padded.
        "UN" => Convert.FromBase64String(there).AsSpan(..^1).SequenceEqual(Convert.FromBase64String(here)),
        // Nine or seventeen digits rather than as many as it takes, the last not always right; the sign of zero is lost.
        "FL" => here.Split('\\').Select(Single).SequenceEqual(there.Split('\\').Select(Single)),
        "FD" => here.Split('\\').Zip(there.Split('\\')).All(p => IsNear(Double(p.First), Double(p.Second))),
        // An empty phonetic group behind an ideographic one is written as the latter once more.
        "PN" => here.EndsWith('=') && there == here + here.Split('=')[1],
        // Where all values are empty, there are none.
        _ => here.All(c => c == '\\') && there.Length == 0,
    };

    private static bool IsSwapped(string here, string there, int size) =>
        Convert.FromBase64String(here).Chunk(size).SelectMany(word => word.Reverse()).SequenceEqual(Convert.FromBase64String(there));

    private static bool IsNear(double here, double there) => Math.Abs(here - there) <= Math.Abs(here) * 1e-15 || (double.IsInfinity(there) && here == double.MaxValue);

    private static float Single(string text) => float.Parse(text, CultureInfo.InvariantCulture);

    private static double Double(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static Dictionary<string, XElement> Attributes(XElement dataset) =>
        Named(dataset, "DicomAttribute").GroupBy(Key).SelectMany(g => g.Select((e, i) => (Name: i == 0 ? g.Key : $"{g.Key}#{i + 1}", Element: e))).ToDictionary(p => p.Name, p => p.Element);

    /// <summary>The tag and the creator of private attributes. Those of no creator keep their block here, but not with dcm2xml.</summary>
    private static string Key(XElement attribute)
    {
        var tag = attribute.Attribute("tag")!.Value;
        if (attribute.Attribute("privateCreator") is { Value: var creator }) return $"{tag}({creator})";
        return "13579BDF".Contains(tag[3]) ? $"{tag[..4]}00{tag[6..]}" : tag;
    }

    private static IEnumerable<XElement> Named(XElement parent, string name) => parent.Elements().Where(e => e.Name.LocalName == name);

    private static string Content(XElement attribute) => string.Join('\\', attribute.Elements().Select(e => e.Name.LocalName == "PersonName" ? Name(e) : e.Value));

    private static string Name(XElement name) =>
        string.Join('=', ((string[])["Alphabetic", "Ideographic", "Phonetic"]).Select(g => string.Join('^', Named(name, g).Elements().Select(c => $"{c.Name.LocalName}:{c.Value}"))));

    private static string Shown(string content) => content.Length > 80 ? content[..80] + "…" : content;
}
