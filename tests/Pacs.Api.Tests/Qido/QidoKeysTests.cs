using System.Text.Json;
using Pacs.Api.Tests.Hosting;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.TestKit.Conformance;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Qido;

/// <summary>Every key of the conformance statement – and with that of PS3.18 Table 10.6.1-5 – matches and comes back, by keyword and by number, on every resource that has it.</summary>
public sealed class QidoKeysTests(QidoKeysTests.Archive server) : IClassFixture<QidoKeysTests.Archive>
{
    public sealed class Archive : ApiServer, IAsyncLifetime
    {
        public KeyObjects Objects { get; } = new();

        async Task IAsyncLifetime.InitializeAsync()
        {
            await InitializeAsync();
            await StoreAsync(Objects.All);
        }
    }

    private static readonly Tag[] UniqueKeys = [Tags.StudyInstanceUID, Tags.SeriesInstanceUID, Tags.SOPInstanceUID];

    public static TheoryData<string> Keys => [.. KeyRow.All.Keys];

    [Theory]
    [MemberData(nameof(Keys))]
    public async Task Search_EveryKeyOfTheTable_MatchesAndReturns(string name)
    {
        var row = KeyRow.All[name];
        var wanted = server.Objects.Wanted[row.Objects];
        IReadOnlyList<Tag> path = DataElementDictionary.VrOf(row.Attribute) == Vr.SQ ? [.. row.Path, Tags.CodeValue] : row.Path;
        var values = KeyObjects.Values(row, wanted);
        foreach (var (resource, level) in Resources(row.Level, wanted))
        {
            foreach (var key in new[] { string.Join('.', path.Select(DataElementDictionary.KeywordOf)), string.Join('.', path.Select(t => t.ToHex())) })
            {
                // Included, it is returned; with a value of one, what has it is found; with one that none has, nothing is.
                Assert.Contains(await FindAsync($"{resource}?includefield={key}"), match => At(match, path).SequenceEqual(values));
                var matches = await FindAsync($"{resource}?{key}={Uri.EscapeDataString(values[^1])}");
                Assert.All(matches, match => Assert.Equal(values, At(match, path)));
                Assert.Contains(matches, match => At(match, [UniqueKeys[level]])[0] == wanted.GetString(UniqueKeys[level]));
                if (KeyObjects.IsOfOneOnly(row) && level == (row.Level == "SERIES" ? 1 : 2)) Assert.Single(matches);
                Assert.Empty(await FindAsync($"{resource}?{key}={Uri.EscapeDataString(KeyObjects.Other(path[^1]))}"));
            }
        }
    }

    /// <summary>The resources that have the level, and where the unique key of each is.</summary>
    private static IEnumerable<(string Resource, int Level)> Resources(string level, DicomDataset wanted)
    {
        var study = $"studies/{wanted.GetString(Tags.StudyInstanceUID)}";
        if (level is "PATIENT" or "STUDY") yield return ("studies", 0);
        if (level != "IMAGE") yield return ("series", 1);
        if (level != "IMAGE") yield return ($"{study}/series", 1);
        yield return ("instances", 2);
        yield return ($"{study}/instances", 2);
        yield return ($"{study}/series/{wanted.GetString(Tags.SeriesInstanceUID)}/instances", 2);
    }

    private async Task<List<JsonElement>> FindAsync(string pathAndQuery) => [.. (await server.GetJsonAsync("/dicomweb/" + pathAndQuery)).EnumerateArray()];

    private static string[] At(JsonElement match, IReadOnlyList<Tag> path)
    {
        if (!match.TryGetProperty(path[0].ToHex(), out var element) || !element.TryGetProperty("Value", out var values)) return [];
        return path.Count > 1
            ? At(values.EnumerateArray().Single(), [.. path.Skip(1)])
            : [.. values.EnumerateArray().Select(v => v.ValueKind == JsonValueKind.Object ? v.GetProperty("Alphabetic").GetString()! : v.ToString()).Order(StringComparer.Ordinal)];
    }
}
