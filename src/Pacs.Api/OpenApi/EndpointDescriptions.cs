using Microsoft.AspNetCore.Mvc;

namespace Pacs.Api.OpenApi;

/// <summary>How endpoints tell what they answer.</summary>
internal static class EndpointDescriptions
{
    public static TBuilder Answers<TBuilder>(this TBuilder builder, int status, string description, string? contentType = null, string? example = null) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new AnswerMetadata(status, description, contentType, example, null));

    public static TBuilder Answers<TBuilder, TBody>(this TBuilder builder, int status, string description, string? example, TBody? _ = default) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new AnswerMetadata(status, description, "application/json", example, typeof(TBody)));

    public static TBuilder Fails<TBuilder>(this TBuilder builder, int status, string description) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(Failure(status, description));

    public static TBuilder Takes<TBuilder>(this TBuilder builder, string description, string contentType, string? example = null) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new RequestBodyMetadata(description, contentType, example));

    /// <summary>What any resource of the group answers when a body is not JSON or the database is away, unless it has said so in words of its own.</summary>
    public static void DescribeCommonFailures(this IEndpointConventionBuilder group) => group.Finally(endpoint =>
    {
        if (endpoint.Metadata.OfType<RequestBodyMetadata>().Any(b => b.ContentType == "application/json"))
            endpoint.Metadata.Add(Failure(StatusCodes.Status415UnsupportedMediaType, "The body is not application/json."));
        endpoint.Metadata.Add(Failure(StatusCodes.Status503ServiceUnavailable, "The database does not answer."));
    });

    private static AnswerMetadata Failure(int status, string description) => new(status, description, "application/problem+json", null, typeof(ProblemDetails));
}
