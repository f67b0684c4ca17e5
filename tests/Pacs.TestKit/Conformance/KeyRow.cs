using System.Globalization;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;

namespace Pacs.TestKit.Conformance;

/// <summary>A row of the table of query keys: an attribute that has to match and to be returned.</summary>
/// <param name="Level">PATIENT, STUDY, SERIES or IMAGE.</param>
/// <param name="Objects">"all", "presentation states", "structured reports".</param>
/// <param name="Path">Through sequences to the attribute.</param>
public sealed record KeyRow(string Level, string Objects, IReadOnlyList<Tag> Path)
{
    public Tag Attribute => Path[^1];

    /// <summary>One element of the key, with the sequences around it.</summary>
    public string Name => $"{Level} {Objects} {string.Join('/', Path.Select(DataElementDictionary.KeywordOf))}";

    public static IReadOnlyDictionary<string, KeyRow> All { get; } =
        ConformanceTable.Read(ConformanceTable.QueryKeys)
            .Select(row => new KeyRow(row["level"], row["objects"], [.. row["tags"].Split('/').Select(ParseTag)]))
            .ToDictionary(row => row.Name);

    /// <summary>"(0010,0020)".</summary>
    private static Tag ParseTag(string text) => new(
        ushort.Parse(text.AsSpan(1, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture),
        ushort.Parse(text.AsSpan(6, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
}
