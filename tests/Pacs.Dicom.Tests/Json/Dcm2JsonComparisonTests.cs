using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Pacs.Dicom.Files;
using Pacs.Dicom.Json;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.TestKit;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;
using Xunit.Abstractions;
using CorpusFolder = Pacs.TestKit.Samples.Corpus;

namespace Pacs.Dicom.Tests.Json;

/// <summary>The samples and the corpus as this library and as DCMTK's dcm2json write it: the same but for what is listed here with its reason.</summary>
public sealed class Dcm2JsonComparisonTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Write_Samples_AreAsDcm2Json()
    {
        using var folder = new TemporaryFolder();
        foreach (var sample in SampleObjects.OneOfEach().Where(s => !s.TransferSyntax.IsEncapsulated))
        {
            var path = folder.File(sample.SopInstanceUid + ".dcm");
            await File.WriteAllBytesAsync(path, sample.ToPart10());
            Assert.Empty(await CompareAsync(path) ?? ["dcm2json fails"]);
        }
    }

    [Fact]
    public async Task Write_EveryFileOfTheCorpus_IsAsDcm2Json()
    {
        var differences = new List<string>();
        var compared = 0;
        foreach (var file in CorpusFolder.Files(output.WriteLine).Where(f => f.IsReadByDcmdump && !TransferSyntaxRegistry.GetOrAssume(f.TransferSyntaxUid).IsEncapsulated))
        {
            if (await CompareAsync(file.FullPath) is not { } found)
            {
                output.WriteLine($"{file}: dcm2json fails.");
                continue;
            }
            differences.AddRange(found.Select(d => $"{file}: {d}"));
            compared++;
        }
        output.WriteLine($"{compared} files compared; dcm2json does not write those with compressed pixel data.");
        Assert.True(differences.Count == 0, string.Join(Environment.NewLine, differences));
    }

    private static async Task<IReadOnlyList<string>?> CompareAsync(string path)
    {
        var theirs = await ExternalProcess.RunAsync("dcm2json", ["-q", path]);
        if (theirs.ExitCode != 0) return null;
        var ours = new ArrayBufferWriter<byte>();
        DicomJson.Write(ours, DicomFile.Open(path).Dataset, bulk => bulk.Path);
        using JsonDocument a = JsonDocument.Parse(ours.WrittenMemory), b = JsonDocument.Parse(theirs.Output);
        return [.. Differences(a.RootElement, b.RootElement, "")];
    }

    private static IEnumerable<string> Differences(JsonElement a, JsonElement b, string path)
    {
        var names = a.EnumerateObject().Select(p => p.Name).Union(b.EnumerateObject().Select(p => p.Name)).Order(StringComparer.Ordinal);
        foreach (var name in names)
        {
            var at = path + name;
            if (!a.TryGetProperty(name, out var x)) yield return $"{at} only there";
            else if (!b.TryGetProperty(name, out var y)) yield return $"{at} only here";
            else foreach (var d in Attribute(x, y, at)) yield return d;
        }
    }

    private static IEnumerable<string> Attribute(JsonElement a, JsonElement b, string at)
    {
        string? x = a.GetProperty("vr").GetString(), y = b.GetProperty("vr").GetString();
        // DCMTK has a dictionary of private elements; here they are UN when Implicit VR does not tell.
        if (x == "UN" && y != "UN" && "13579BDF".Contains(at[^5])) yield break;
        if (x != y && !IsWaveformSample(at)) yield return $"{at} vr {x} / {y}";
        if (x == "SQ" && y == "SQ")
        {
            int n = Count(a), m = Count(b);
            if (n != m) yield return $"{at} items {n} / {m}";
            for (var i = 0; i < Math.Min(n, m); i++)
                foreach (var d in Differences(a.GetProperty("Value")[i], b.GetProperty("Value")[i], $"{at}[{i}].")) yield return d;
        }
        else if (!a.TryGetProperty("BulkDataURI", out _) && Text(a, x) is var here && Text(b, x) is var there && here != there && !IsExpected(at, x!, here, there))
        {
            yield return $"{at} {x} {here} / {there}";
        }
    }

    private static bool IsExpected(string at, string vr, string here, string there) =>
        // dcm2json leaves (0008,0005) of items, and their text, as they were though JSON is UTF-8; an empty one it fills.
        at.EndsWith("00080005", StringComparison.Ordinal) || at == "00321064[0].00100010"
        // It keeps a padding NUL that should be a space, and pads a UN of odd length.
        || there.Replace("\0", "", StringComparison.Ordinal) == here || vr == "UN" && there.StartsWith(here, StringComparison.Ordinal)
        // It drops empty components at the end of a name, and all values where all are empty.
        || vr == "PN" && here.TrimEnd('^') == there || here.All(c => c == '\\') && there.Length == 0
        // It loses the sign of zero, and the last digit of doubles (the largest becomes infinite).
        || here.Replace("-0", "0", StringComparison.Ordinal) == there
        || vr == "FD" && here.Split('\\').Zip(there.Split('\\')).All(p => IsNear(double.Parse(p.First, CultureInfo.InvariantCulture), double.Parse(p.Second, CultureInfo.InvariantCulture)));

    /// <summary>Implicit VR: PS3.5 §A.1 has waveform data as OW, dcm2json takes what it says of 8 bits.</summary>
    private static bool IsWaveformSample(string at) => at[^8..].StartsWith("5400", StringComparison.Ordinal);

    private static bool IsNear(double here, double there) => Math.Abs(here - there) <= Math.Abs(here) * 1e-15 || double.IsInfinity(there) && here == double.MaxValue;

    private static int Count(JsonElement attribute) => attribute.TryGetProperty("Value", out var values) ? values.GetArrayLength() : 0;

    private static string Text(JsonElement attribute, string? vr)
    {
        if (attribute.TryGetProperty("InlineBinary", out var binary)) return binary.GetString()!;
        return attribute.TryGetProperty("Value", out var values) ? string.Join('\\', values.EnumerateArray().Select(v => Value(v, vr))) : "";
    }

    private static string Value(JsonElement value, string? vr) => value.ValueKind switch
    {
        JsonValueKind.Null => "",
        JsonValueKind.Object => string.Join('=', ((string[])["Alphabetic", "Ideographic", "Phonetic"]).Select(g => value.TryGetProperty(g, out var group) ? group.GetString() : "")).TrimEnd('='),
        JsonValueKind.Number when vr == "FL" => value.GetSingle().ToString(CultureInfo.InvariantCulture),
        JsonValueKind.Number => value.GetDouble().ToString(CultureInfo.InvariantCulture),
        _ => value.GetString()!,
    };
}
