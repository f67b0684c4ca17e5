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
        builder.WithMetadata(new AnswerMetadata(status, description, "application/problem+json", null, typeof(ProblemDetails)));

    public static TBuilder Takes<TBuilder>(this TBuilder builder, string description, string contentType, string? example = null) where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new RequestBodyMetadata(description, contentType, example));
}
