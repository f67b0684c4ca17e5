using Pacs.Api.Errors;

namespace Pacs.Api.Rest.Access;

/// <summary>What is wrong with a body, in the names that it uses.</summary>
internal static class AccessFaults
{
    /// <exception cref="ApiException">400: what they say.</exception>
    public static void ThrowIfAny(IEnumerable<string> faults)
    {
        List<string> all = [.. faults.Select(InJson)];
        if (all.Count > 0) throw ApiException.BadRequest(string.Join(" ", all));
    }

    /// <summary>"Rules:Services: …" is "rules.services: …".</summary>
    private static string InJson(string fault)
    {
        var end = fault.IndexOf(": ", StringComparison.Ordinal);
        return string.Join('.', fault[..end].Split(':').Select(n => char.ToLowerInvariant(n[0]) + n[1..])) + fault[end..];
    }
}
