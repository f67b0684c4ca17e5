using Pacs.Api.Errors;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Queries;

namespace Pacs.Api.Qido;

/// <summary>Reads attributes and values as a search URL has them (PS3.18 §8.3.4.1).</summary>
internal static class QidoKey
{
    /// <summary>Levels of sequences around an attribute: as many as any key of PS3.4 has, and some.</summary>
    private const int MaxDepth = 8;

    /// <summary>A parameter that names an attribute, as the condition it is.</summary>
    /// <exception cref="ApiException">400: no attribute, or a UID that is none.</exception>
    public static MatchingKey Read(string name, string value)
    {
        var path = Path(name);
        var vr = DataElementDictionary.VrOf(path.Attribute);
        // A list of UIDs is separated by commas here, by backslashes in DIMSE; codes can hold neither.
        string[] given = vr is Vr.UI or Vr.CS ? value.Split(',', '\\') : IsOfManyValues(vr) ? value.Split('\\') : [value];
        string[] values = [.. given.Select(v => v.Trim(' ')).Where(v => v.Length > 0)];
        if (vr == Vr.UI && values.Any(v => !IsUid(v)))
            throw ApiException.BadRequest($"{Printable(name)} holds what is no UID: each is 1 to {Uid.MaxLength} digits and dots, with commas between; wildcards match none.");
        return new MatchingKey(path, vr, values);
    }

    /// <summary>Keyword, eight hexadecimal digits, or several of them through sequences with dots between.</summary>
    /// <exception cref="ApiException">400: some part is none of these, or no sequence.</exception>
    public static AttributePath Path(string name)
    {
        var parts = name.Split('.', MaxDepth + 1);
        if (parts.Length > MaxDepth) throw ApiException.BadRequest($"An attribute lies within at most {MaxDepth - 1} sequences.");
        var tags = new Tag[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (!DataElementDictionary.TryParse(parts[i], out tags[i]))
                throw ApiException.BadRequest($"\"{Printable(parts[i])}\" is no attribute: name it by its keyword (PatientID) or by eight hexadecimal digits (00100020).");
            if (tags[i] is { Group: < 0x0008 } or { IsGroupLength: true } or { IsPrivate: true, IsPrivateCreator: false, Element: < 0x1000 })
                throw ApiException.BadRequest($"{Printable(parts[i])} is no attribute of stored objects.");
            if (i + 1 < parts.Length && DataElementDictionary.VrOf(tags[i]) is not (Vr.SQ or Vr.UN))
                throw ApiException.BadRequest($"{Printable(parts[i])} is no sequence: no attribute lies within it.");
        }
        return new AttributePath(tags);
    }

    /// <summary>Whether a name that is no attribute is the keyword of one but for its case: a slip that must not widen a search to everything.</summary>
    public static bool IsNearlyKeyword(string name) => Keywords.Contains(name);

    /// <summary>What a client sent, as it may be repeated in headers and answers.</summary>
    public static string Printable(string text) => new([.. text.Take(64).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '?')]);

    private static readonly HashSet<string> Keywords = new(
        QidoAttributes.For(QueryLevel.Instance, studyIsNamed: false, seriesIsNamed: false)
            .Concat(Storage.Model.LevelAttributes.Patient).Concat(Storage.Model.LevelAttributes.Study).Concat(Storage.Model.LevelAttributes.Series)
            .Select(DataElementDictionary.KeywordOf).OfType<string>(), StringComparer.OrdinalIgnoreCase);

    private static bool IsOfManyValues(Vr vr) => vr.IsText ? vr.IsMultiValuedText : vr.NumberSize > 0;

    /// <summary>Or nothing but asterisks, which match everything; or two quotation marks, which ask for no value.</summary>
    private static bool IsUid(string value) => Uid.IsAcceptable(value) || value.AsSpan().TrimStart('*').IsEmpty || value == "\"\"";
}
