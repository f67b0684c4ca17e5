using Pacs.Api.Errors;

namespace Pacs.Api.Rest;

/// <summary>Lists come in pages.</summary>
internal static class Page
{
    private const int Default = 100;
    private const int Max = 1000;

    /// <summary>How many entries an answer has at most.</summary>
    /// <param name="asked">As the query has it; null for the default.</param>
    /// <exception cref="ApiException">400: more, or none.</exception>
    public static int Limit(int? asked) => asked is null or (>= 1 and <= Max) ? asked ?? Default : throw ApiException.BadRequest($"limit is a number from 1 to {Max}.");
}
