using System.Globalization;
using System.Text.Json;
using Pacs.Dicom.Primitives;

namespace Pacs.TestKit.Conformance;

/// <summary>What PS3.18 §F.2 and its Table F.2.3-1 demand of a DICOM JSON Model Object, checked independently of what writes it.</summary>
public static class DicomJsonModel
{
    private static readonly HashSet<string> Binary = ["OB", "OD", "OF", "OL", "OV", "OW", "UN"];

    /// <summary>§F.2.2: the VRs whose value may be elsewhere.</summary>
    private static readonly HashSet<string> Bulk = [.. Binary, "DS", "FL", "FD", "IS", "LT", "SL", "SS", "ST", "SV", "UC", "UL", "US", "UT", "UV"];

    private static readonly HashSet<string> Members = ["vr", "Value", "InlineBinary", "BulkDataURI"];
    private static readonly HashSet<string> NameGroups = ["Alphabetic", "Ideographic", "Phonetic"];

    /// <summary>Binary numbers do not have these; JSON has no number for them (note in the conformance statement).</summary>
    private static readonly HashSet<string> NotFinite = ["NaN", "Infinity", "-Infinity"];

    /// <summary>The faults of an array of data sets, as QIDO-RS and metadata answer with; none when it is as it should be.</summary>
    public static IEnumerable<string> FaultsOfArray(JsonElement array) => array.ValueKind == JsonValueKind.Array
        ? array.EnumerateArray().SelectMany((dataset, i) => FaultsOf(dataset, $"[{i}]."))
        : [$"{array.ValueKind} rather than an array"];

    /// <summary>The faults of one data set, each with where it is.</summary>
    public static IEnumerable<string> FaultsOf(JsonElement dataset, string path = "")
    {
        if (dataset.ValueKind != JsonValueKind.Object) return [$"{path} is not an object"];
        var faults = new List<string>();
        var last = "";
        foreach (var attribute in dataset.EnumerateObject())
        {
            var at = path + attribute.Name;
            if (attribute.Name.Length != 8 || !attribute.Name.All(c => c is (>= '0' and <= '9') or (>= 'A' and <= 'F'))) faults.Add($"{at} is not eight upper case hexadecimal digits");
            if (string.CompareOrdinal(last, attribute.Name) >= 0) faults.Add($"{at} is not in ascending order");
            if (attribute.Name.EndsWith("0000", StringComparison.Ordinal) || attribute.Name.StartsWith("0002", StringComparison.Ordinal)) faults.Add($"{at} is a group length or file meta information");
            last = attribute.Name;
            faults.AddRange(FaultsOfAttribute(attribute.Value, at));
        }
        return faults;
    }

    private static IEnumerable<string> FaultsOfAttribute(JsonElement attribute, string at)
    {
        if (!attribute.TryGetProperty("vr", out var vr) || vr.ValueKind != JsonValueKind.String || !VrTraits.TryParse(vr.GetString(), out var known)) return [$"{at} has no vr"];
        var code = vr.GetString()!;
        var faults = attribute.EnumerateObject().Where(m => !Members.Contains(m.Name)).Select(m => $"{at} has a member {m.Name}").ToList();
        if (attribute.EnumerateObject().Count() > 2) faults.Add($"{at} has more than one of Value, InlineBinary and BulkDataURI");
        if (attribute.TryGetProperty("InlineBinary", out var binary) && (!Binary.Contains(code) || binary.ValueKind != JsonValueKind.String || !binary.TryGetBytesFromBase64(out _)))
            faults.Add($"{at} {code} has InlineBinary that it cannot have");
        if (attribute.TryGetProperty("BulkDataURI", out var uri) && (!Bulk.Contains(code) || !Uri.TryCreate(uri.GetString(), UriKind.RelativeOrAbsolute, out _)))
            faults.Add($"{at} {code} has a BulkDataURI that it cannot have");
        if (!attribute.TryGetProperty("Value", out var values)) return faults;
        if (values.ValueKind != JsonValueKind.Array || values.GetArrayLength() == 0) return [.. faults, $"{at} has a Value that is no array with something in it"];
        if (Binary.Contains(code)) faults.Add($"{at} {code} has a Value");
        if (known.IsText && !known.IsMultiValuedText && values.GetArrayLength() > 1) faults.Add($"{at} {code} has more than one value");
        foreach (var (i, value) in values.EnumerateArray().Index())
        {
            if (known == Vr.SQ) faults.AddRange(FaultsOf(value, $"{at}[{i}]."));
            else if (!IsOf(known, value)) faults.Add($"{at}[{i}] {code} is not what Table F.2.3-1 has: {value.ValueKind}");
        }
        return faults;
    }

    private static bool IsOf(Vr vr, JsonElement value) => (vr, value.ValueKind) switch
    {
        (_, JsonValueKind.Null) => vr.IsText,
        (Vr.PN, JsonValueKind.Object) => value.EnumerateObject().Any() && value.EnumerateObject().All(g => NameGroups.Contains(g.Name) && g.Value.ValueKind == JsonValueKind.String && g.Value.GetString() != ""),
        (Vr.PN, _) => false,
        (Vr.AT, JsonValueKind.String) => value.GetString() is { Length: 8 } tag && uint.TryParse(tag, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _),
        (Vr.IS or Vr.DS or Vr.SV or Vr.UV, JsonValueKind.String or JsonValueKind.Number) => true,
        (Vr.FL or Vr.FD, JsonValueKind.String) => NotFinite.Contains(value.GetString()!),
        (Vr.FL or Vr.FD, JsonValueKind.Number) => value.TryGetDouble(out _),
        (Vr.US, JsonValueKind.Number) => value.TryGetUInt16(out _),
        (Vr.SS, JsonValueKind.Number) => value.TryGetInt16(out _),
        (Vr.UL, JsonValueKind.Number) => value.TryGetUInt32(out _),
        (Vr.SL, JsonValueKind.Number) => value.TryGetInt32(out _),
        (_, JsonValueKind.String) => vr.IsText,
        _ => false,
    };
}
