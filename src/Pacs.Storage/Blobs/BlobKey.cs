using System.Globalization;
using System.Text;

namespace Pacs.Storage.Blobs;

/// <summary>Names of blobs: <c>2026/11/21/09/{study}/{series}/{instance}.{writer}-{n}.dcm</c>, the hour that of receipt in UTC.</summary>
public static class BlobKey
{
    private const string Extension = ".dcm";

    public static string For(DateTimeOffset receivedAt, string study, string series, string instance, string writer, long number) =>
        string.Create(CultureInfo.InvariantCulture, $"{HourFolder(receivedAt)}/{Escape(study)}/{Escape(series)}/{Escape(instance)}.{writer}-{number}{Extension}");

    public static string HourFolder(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy'/'MM'/'dd'/'HH", CultureInfo.InvariantCulture);

    /// <summary>The writer that made it; null for a name of another form.</summary>
    public static string? WriterOf(string key)
    {
        if (!key.EndsWith(Extension, StringComparison.Ordinal)) return null;
        var name = key[(key.LastIndexOf('/') + 1)..^Extension.Length];
        var dot = name.LastIndexOf('.');
        var hyphen = name.LastIndexOf('-');
        return dot >= 0 && hyphen > dot ? name[(dot + 1)..hyphen] : null;
    }

    /// <summary>Its place among those of its writer; 0 for a name of another form.</summary>
    public static long NumberOf(string key) =>
        WriterOf(key) is not null && long.TryParse(key.AsSpan(key.LastIndexOf('-') + 1, key.Length - key.LastIndexOf('-') - 1 - Extension.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    /// <summary>Whatever a peer calls its objects stays within one folder: no separators, no ".." and nothing hidden.</summary>
    internal static string Escape(string uid)
    {
        var harmless = uid.Length > 0 && uid[0] != '.' && uid.All(IsHarmless);
        if (harmless) return uid;
        var escaped = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(uid))
        {
            var c = (char)b;
            if (IsHarmless(c) && !(c == '.' && escaped.Length == 0)) escaped.Append(c);
            else escaped.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }
        return escaped.Length > 0 ? escaped.ToString() : "%";
    }

    private static bool IsHarmless(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-';
}
