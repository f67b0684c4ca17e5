using System.Collections.Frozen;
using System.Globalization;
using Pacs.Api.Errors;

namespace Pacs.Api.Negotiation;

/// <summary>
/// The charset query parameter (PS3.18 §8.3.3.2). Text is answered in UTF-8; DICOM files come in the character set that they
/// are stored in, which they name themselves. An Accept-Charset header that leaves UTF-8 out is disregarded, as RFC 9110 §12.5.2 lets a server do.
/// </summary>
internal static class Charset
{
    private const string Parameter = "charset";

    private static readonly FrozenSet<string> Utf8 = FrozenSet.Create(StringComparer.OrdinalIgnoreCase, "UTF-8", "ISO_IR 192");

    /// <summary>IANA names and defined terms of PS3.18 Annex D and PS3.3 §C.12.1.1.2.</summary>
    private static readonly FrozenSet<string> Known = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
    [
        .. Utf8, "US-ASCII", "GB18030", "GBK", "GB2312", "EUC-KR", "Shift_JIS", "ISO-2022-JP", "ISO-2022-KR", "TIS-620",
        .. new[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 15 }.Select(part => string.Create(CultureInfo.InvariantCulture, $"ISO-8859-{part}")),
        .. new[] { 6, 100, 101, 109, 110, 144, 127, 126, 138, 148, 203, 13, 166 }.SelectMany(term => new[] { $"ISO_IR {term}", $"ISO 2022 IR {term}" }),
        "ISO 2022 IR 87", "ISO 2022 IR 159", "ISO 2022 IR 149", "ISO 2022 IR 58",
    ]);

    /// <summary>Checks the parameter of a request whose answer is made of DICOM files.</summary>
    /// <exception cref="ApiException">400: a character set that there is none of.</exception>
    public static void Check(HttpRequest request) => Named(request);

    /// <summary>Checks the parameter of a request that is answered with text.</summary>
    /// <exception cref="ApiException">400: a character set that there is none of. 406: UTF-8 is not among them.</exception>
    public static void RequireUtf8(HttpRequest request)
    {
        var named = Named(request);
        if (named.Count > 0 && !named.Any(name => Utf8.Contains(name)))
            throw ApiException.NotAcceptable("This is answered in UTF-8 only: leave the parameter charset out, or name UTF-8 in it.");
    }

    private static List<string> Named(HttpRequest request)
    {
        List<string> acceptable = [];
        foreach (var entry in request.Query[Parameter].ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = entry.Split(';', StringSplitOptions.TrimEntries);
            var name = fields[0].Trim('"');
            if (!Known.Contains(name))
                throw ApiException.BadRequest("The parameter charset takes IANA names of character sets or defined terms of DICOM, such as UTF-8 or ISO_IR 192, with commas between.");
            var isRefused = fields.Skip(1).Any(field => field.StartsWith("q=", StringComparison.OrdinalIgnoreCase)
                && double.TryParse(field[2..], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var quality) && quality == 0);
            if (!isRefused) acceptable.Add(name);
        }
        return acceptable;
    }
}
