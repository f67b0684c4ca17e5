using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Queries.Matching;

namespace Pacs.Storage.Routing;

/// <summary>An attribute as rules name it: through sequences, private ones by their creator.</summary>
/// <param name="Path">Sequences, the attribute last.</param>
/// <param name="Creator">Of a private one; null to take it as it lies.</param>
internal sealed record AttributeName(IReadOnlyList<Tag> Path, string? Creator)
{
    private const int MaxDepth = 8;

    public Tag Tag => Path[^1];

    public Vr Vr { get; } = DataElementDictionary.VrOf(Path[^1]);

    /// <param name="text">Keyword or eight hexadecimal digits, through sequences with dots between.</param>
    /// <param name="creator">Private creator.</param>
    /// <param name="fault">What is wrong; empty when nothing is.</param>
    public static AttributeName? Parse(string text, string? creator, out string fault)
    {
        fault = "";
        var parts = text.Split('.', MaxDepth + 1);
        var tags = new Tag[parts.Length];
        for (var i = 0; i < parts.Length && fault.Length == 0; i++)
        {
            if (parts.Length > MaxDepth) fault = $"within at most {MaxDepth - 1} sequences.";
            else if (!DataElementDictionary.TryParse(parts[i], out tags[i])) fault = "a keyword (PatientID) or eight hexadecimal digits (00100020), through sequences with dots between.";
            else if (tags[i] is { Group: < 0x0008 } or { IsGroupLength: true }) fault = "no attribute of stored objects.";
            else if (i + 1 < parts.Length && DataElementDictionary.VrOf(tags[i]) is not (Vr.SQ or Vr.UN)) fault = "only within sequences lies something.";
        }
        if (fault.Length == 0 && creator is not null && (creator.Length is 0 or > 64 || !tags[^1].IsPrivate || tags[^1].IsPrivateCreator)) fault = "a private creator of up to 64 characters belongs to a private attribute, as 00091002.";
        return fault.Length == 0 ? new AttributeName(tags, creator) : null;
    }

    /// <summary>What is asked of the attribute, asked of the items on the way to it.</summary>
    public Condition Condition(Func<Tag, Condition> ask)
    {
        var condition = Creator is { } creator ? new PrivateCondition(creator, Tag, ask) : ask(Tag);
        for (var i = Path.Count - 2; i >= 0; i--) condition = new ItemCondition(Path[i], [condition]);
        return condition;
    }
}
