namespace Pacs.Api.Errors;

/// <summary>A request that is answered with an error status, and the sentence that tells its sender what to do.</summary>
internal sealed class ApiException(int status, string detail) : Exception(detail)
{
    public int Status { get; } = status;

    public static ApiException BadRequest(string detail) => new(StatusCodes.Status400BadRequest, detail);
    public static ApiException NotFound(string detail) => new(StatusCodes.Status404NotFound, detail);
    public static ApiException NotAcceptable(string detail) => new(StatusCodes.Status406NotAcceptable, detail);
    public static ApiException Conflict(string detail) => new(StatusCodes.Status409Conflict, detail);
    public static ApiException UnsupportedMediaType(string detail) => new(StatusCodes.Status415UnsupportedMediaType, detail);
    public static ApiException Unavailable(string detail) => new(StatusCodes.Status503ServiceUnavailable, detail);
}
