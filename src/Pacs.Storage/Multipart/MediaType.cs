using System.Globalization;

namespace Pacs.Storage.Multipart;

/// <summary>A media type, or a range of them in an Accept header (RFC 9110 §8.3.1, §12.5.1), with its parameters.</summary>
/// <param name="Name">"type/subtype" in lower case; either half may be "*".</param>
/// <param name="Parameters">By name in any case, values without quotes; "q" left out.</param>
/// <param name="Quality">0 to 1.</param>
public sealed record MediaType(string Name, IReadOnlyDictionary<string, string> Parameters, double Quality = 1)
{
    /// <summary>Entries beyond these are not looked at: no honest client sends so many.</summary>
    private const int MaxEntries = 64;

    public string? this[string parameter] => Parameters.GetValueOrDefault(parameter);

    /// <summary>The root type of a multipart/related (its "type" parameter), else the type itself; lower case.</summary>
    public string Payload => IsMultipart ? this["type"]?.ToLowerInvariant() ?? "*/*" : Name;

    public bool IsMultipart => Name == "multipart/related";

    /// <summary>A range rather than a type: <c>image/*</c>, <c>*/*</c>.</summary>
    public bool IsWildcard => Name.Contains('*', StringComparison.Ordinal);

    /// <summary>The transfer-syntax parameter (PS3.18 §8.7.3.5.2): a UID, "*", or null.</summary>
    public string? TransferSyntax => this["transfer-syntax"];

    /// <summary>Whether the range covers a media type without looking at parameters.</summary>
    public static bool Covers(string range, string mediaType) =>
        range == "*/*" || range == mediaType || (range.EndsWith("/*", StringComparison.Ordinal) && mediaType.StartsWith(range[..^1], StringComparison.Ordinal));

    /// <summary>
    /// Reads a list such as an Accept header, most wanted first; ranges of quality 0, which are not acceptable, last. Lenient
    /// where clients are wrong and the meaning is clear: the slash of <c>type=application/dicom</c> need not be quoted. What
    /// cannot be read is left out.
    /// </summary>
    public static IReadOnlyList<MediaType> ParseRanges(string? text) =>
        string.IsNullOrWhiteSpace(text) ? [] : [.. Split(text, ',').Take(MaxEntries).Select(Parse).OfType<MediaType>().OrderByDescending(m => m.Quality)];

    /// <summary>Reads one media type; null when it is none.</summary>
    public static MediaType? Parse(string? text)
    {
        if (text is null) return null;
        var fields = Split(text, ';');
        var name = fields[0].Trim().ToLowerInvariant();
        var slash = name.IndexOf('/');
        if (slash <= 0 || slash == name.Length - 1 || name.Contains(' ')) return null;

        var parameters = ParametersOf(fields.Skip(1));
        var quality = 1.0;
        if (parameters.Remove("q", out var weight))
            quality = double.TryParse(weight, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var q) ? Math.Min(q, 1) : 1;
        return new MediaType(name, parameters, quality);
    }

    /// <summary>Fields of the form name=value, the value in quotes or not; what is not of it is left out.</summary>
    public static Dictionary<string, string> ParametersOf(IEnumerable<string> fields)
    {
        var parameters = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var field in fields)
        {
            var equals = field.IndexOf('=');
            if (equals > 0) parameters[field[..equals].Trim()] = Unquote(field[(equals + 1)..].Trim());
        }
        return parameters;
    }

    private static string Unquote(string value) =>
        value is ['"', .. var inner, '"'] ? inner.Replace("\\\"", "\"", StringComparison.Ordinal) : value;

    /// <summary>Splits where the separator is not within quotes.</summary>
    public static List<string> Split(string text, char separator)
    {
        var parts = new List<string>();
        var quoted = false;
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '"' && (i == 0 || text[i - 1] != '\\')) quoted = !quoted;
            if (text[i] != separator || quoted) continue;
            parts.Add(text[start..i]);
            start = i + 1;
        }
        parts.Add(text[start..]);
        return parts;
    }
}
